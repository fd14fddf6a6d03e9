"""Training on several hosts."""

from booster.script.rabit import (
    LOCAL_HOSTNAME,
    Rabit,
    RabitHelper,
    rabit_run,
    wait_hostname_resolution,
)

__all__ = [
    "LOCAL_HOSTNAME",
    "Rabit",
    "RabitHelper",
    "rabit_run",
    "wait_hostname_resolution",
]
