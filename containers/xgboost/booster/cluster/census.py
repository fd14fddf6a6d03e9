"""Counting rows before training: a host without any drops out, loudly, and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from booster.cluster.group import Group, joined
from tandem.errors import UserError
from tandem.job import Job
from tandem.kinds import listed
from tandem.logs import logger

# The ports of the reference container (its `distributed.py`).
_CENSUS_PORT, TRAINING_PORT = 9099, 9100


class Shard(NamedTuple):
    """What a host has: rows for training and validation, features, and a check sum of it all."""

    training: int
    validation: int
    width: int
    check: int


NO_ROWS = Shard(0, 0, 0, 0)


@dataclass(frozen=True)
class Census:
    """The hosts that train, and what each of them has.

    They stand in the order of their shards' check sums, not of their names: the same shards give
    the same sums, and so the same trees, whichever hosts a restarted job finds them on.
    """

    hosts: Sequence[str]
    shards: Sequence[Shard]

    def __str__(self) -> str:
        checks = "-".join(f"{shard.check:08x}" for shard in self.shards)
        rows = (
            f"{sum(s.training for s in self.shards)} and {sum(s.validation for s in self.shards)}"
        )
        return f"{rows} rows on {len(self.hosts)} hosts, check sums {checks}"

    def rows(self) -> dict[str, list[int]]:
        """Give the rows of every host, by data set."""
        return {
            "train": [shard.training for shard in self.shards],
            "validation": [shard.validation for shard in self.shards],
        }


def take(everyone: Group, mine: Shard, job: Job) -> Census:
    """Count over all hosts.

    Raises UserError when no host has rows, or when hosts differ in the number of features.
    """
    with joined(everyone, _CENSUS_PORT, job):
        table = everyone.numbers(mine)
    found = [(Shard(*map(int, row)), host) for row, host in zip(table, everyone.hosts, strict=True)]
    with_rows = [(shard, host) for shard, host in found if shard.training]
    if not with_rows:
        raise UserError("no host has a row in the training channel")
    _check_widths(with_rows)
    without = [host for shard, host in found if not shard.training]
    if without:
        logger.warning("without rows, and not taking part: %s", listed(without))
    ordered = sorted(with_rows, key=lambda one: (one[0].check, one[1]))
    return Census([host for _, host in ordered], [shard for shard, _ in ordered])


def _check_widths(found: Sequence[tuple[Shard, str]]) -> None:
    first, leader = found[0]
    for shard, host in found:
        if shard.width != first.width:
            raise UserError(
                f"host {host} has {shard.width} features, and {leader} has {first.width}",
                remedy="All files of a channel must have the same columns",
            )
