"""All attacks, in the order they are made. To add one, write a module with an `ATTACK`."""

from __future__ import annotations

from benchmarks.attacks.base import Attack
from benchmarks.attacks.cases import (
    body_fuzz,
    full_disk,
    head_fuzz,
    server_stop,
    service_kill,
    slowloris,
    smuggling,
    training_kill,
    worker_kill,
)

ATTACKS: tuple[Attack, ...] = (
    body_fuzz.ATTACK,
    head_fuzz.ATTACK,
    smuggling.ATTACK,
    slowloris.ATTACK,
    worker_kill.ATTACK,
    server_stop.ATTACK,
    training_kill.ATTACK,
    service_kill.ATTACK,
    full_disk.ATTACK,
)
