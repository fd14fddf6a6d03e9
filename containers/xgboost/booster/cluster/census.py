"""Counting rows before training: a host without any drops out, loudly, and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from booster.cluster.group import joined
from tandem.errors import UserError
from tandem.kinds import listed
from tandem.logs import logger

# The ports of the reference container (its `distributed.py`).
_CENSUS_PORT, TRAINING_PORT = 9099, 9100


@dataclass(frozen=True)
class Census:
    """The hosts that train, and how many rows each has for training and for validation."""

    hosts: Sequence[str]
    training: Sequence[int]
    validation: Sequence[int]


def take(hosts: Sequence[str], current: str, mine: tuple[int, int, int]) -> Census:
    """Count over all hosts; `mine` are rows for training, rows for validation, and features.

    Raises UserError when no host has rows, or when hosts differ in the number of features.
    """
    with joined(hosts, current, _CENSUS_PORT) as group:
        table = group.numbers(mine)
    with_rows = [index for index, (rows, _, _) in enumerate(table) if rows]
    if not with_rows:
        raise UserError("no host has a row in the training channel")
    _check_widths([hosts[index] for index in with_rows], [int(table[i][2]) for i in with_rows])
    without = [host for index, host in enumerate(hosts) if index not in with_rows]
    if without:
        logger.warning("without rows, and not taking part: %s", listed(without))
    return Census(
        [hosts[index] for index in with_rows],
        [int(table[index][0]) for index in with_rows],
        [int(table[index][1]) for index in with_rows],
    )


def _check_widths(hosts: Sequence[str], widths: Sequence[int]) -> None:
    for host, width in zip(hosts, widths, strict=True):
        if width != widths[0]:
            raise UserError(
                f"host {host} has {width} features, and {hosts[0]} has {widths[0]}",
                remedy="All files of a channel must have the same columns",
            )
