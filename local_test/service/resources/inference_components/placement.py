"""Placement: whether the copies of a variant's components fit onto its instances.

Source: Developer Guide, 'Inference components': each copy reserves the resources that its component
requires, on one instance; with managed instance scaling the variant gets more instances for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from local_test.errors import UserError
from local_test.service.resources.inference_components.instance_capacity import Capacity


@dataclass(frozen=True)
class Copies:
    """The copies of one component: its name, how many there are, and what each one needs."""

    component: str
    count: int
    needed: Capacity


@dataclass(frozen=True)
class HostVariant:
    """The instances of a variant: their type and capacity, None if unknown, and their numbers."""

    instance_type: str
    capacity: Capacity | None
    least: int
    most: int


def place_copies(host: HostVariant, wanted: Iterable[Copies]) -> int:
    """Return how many instances the copies need, the largest placed first, each on the first fit.

    Raises UserError when there are not enough instances, or a copy is larger than one.
    """
    if host.capacity is None:
        return host.least
    free: list[Capacity] = []
    for copies in sorted(
        wanted, key=lambda one: (one.needed.memory, one.needed.cpus), reverse=True
    ):
        if not host.capacity.covers(copies.needed):
            raise UserError(
                f"a copy of inference component {copies.component} needs {copies.needed}, and an "
                f"instance {host.instance_type} has {host.capacity}",
                "require less, or choose a larger instance type",
            )
        for _ in range(copies.count):
            _take(free, host.capacity, copies.needed)
    if len(free) > host.most:
        raise UserError(
            f"the copies of all inference components need {len(free)} instances "
            f"{host.instance_type}, and the variant has at most {host.most}",
            "require less, or give the variant more instances",
        )
    return max(len(free), host.least)


def _take(free: list[Capacity], whole: Capacity, needed: Capacity) -> None:
    """Reserve a copy's resources on the first instance with room, or on a new one."""
    for index, left in enumerate(free):
        if left.covers(needed):
            free[index] = left - needed
            return
    free.append(whole - needed)
