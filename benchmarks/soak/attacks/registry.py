"""All attacks, in the order they are made. To add one, write a module with an `ATTACK`."""

from __future__ import annotations

from benchmarks.soak.attacks import (
    bodies,
    disk,
    heads,
    service_kill,
    slow,
    smuggling,
    stopping,
    training,
    workers,
)
from benchmarks.soak.attacks.base import Attack

ATTACKS: tuple[Attack, ...] = (
    bodies.ATTACK,
    heads.ATTACK,
    smuggling.ATTACK,
    slow.ATTACK,
    workers.ATTACK,
    stopping.ATTACK,
    training.ATTACK,
    service_kill.ATTACK,
    disk.ATTACK,
)
