"""Counting rows before training: a host without any drops out, loudly, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from booster.distributed import liveness
from booster.distributed.host_group import Group, joined
from booster.distributed.liveness import Light
from tandem.contract import job_hosts
from tandem.contract.training_job import Job
from tandem.errors import UserError, join_words
from tandem.logs import logger

# The ports of the reference container (its `distributed.py`).
_CENSUS_PORT, TRAINING_PORT = 9099, 9100


class Shard(NamedTuple):
    """What a host has: rows for training and validation, and a check sum of it all."""

    training: int
    validation: int
    check: int


NO_ROWS = Shard(0, 0, 0)


@dataclass(frozen=True)
class Census:
    """The hosts that train, and what each of them has.

    They stand in the order of their shards' check sums, not of their names: the same shards give
    the same sums, and so the same trees, whichever hosts a restarted job finds them on. `words` are
    what each host told the others.
    """

    hosts: Sequence[str]
    shards: Sequence[Shard]
    words: Sequence[bytes]

    def __str__(self) -> str:
        checks = "-".join(f"{shard.check:08x}" for shard in self.shards)
        rows = (
            f"{sum(s.training for s in self.shards)} and {sum(s.validation for s in self.shards)}"
        )
        return f"{rows} rows on {len(self.hosts)} hosts, check sums {checks}"

    def rows(self) -> dict[str, list[int]]:
        """Return the rows of every host, by data set."""
        return {
            "train": [shard.training for shard in self.shards],
            "validation": [shard.validation for shard in self.shards],
        }


@contextmanager
def present(everyone: Group, job: Job) -> Iterator[Light | None]:
    """Answer on the training's port from before the census to the end of the training.

    So a host that dies in between is missed at once. Raises what `peers.address` raises.
    """
    if everyone.alone:
        yield None
        return
    own = job_hosts.wait_for_address(everyone.current, job.stop)
    with liveness.lit((own, TRAINING_PORT), liveness.NOT_YET) as light:
        yield light


def take(everyone: Group, mine: Shard, words: bytes, job: Job) -> Census:
    """Count over all hosts, and tell them some words. Raises UserError when no host has rows."""
    with joined(everyone, _CENSUS_PORT, job):
        table = everyone.numbers(mine)
        told = _exchanged(everyone, words)
    found = [
        (Shard(*map(int, row)), host, word)
        for row, host, word in zip(table, everyone.hosts, told, strict=True)
    ]
    without = [host for shard, host, _ in found if not shard.training]
    if len(without) == len(found):
        raise UserError("no host has a row in the training channel")
    if without:
        logger.warning("without rows, and not taking part: %s", join_words(without))
    with_rows = [one for one in found if one[0].training]
    shards, hosts, said = zip(
        *sorted(with_rows, key=lambda one: (one[0].check, one[1])), strict=True
    )
    return Census(hosts, shards, said)


def _exchanged(everyone: Group, words: bytes) -> list[bytes]:
    counts = everyone.numbers([len(words)])[:, 0].tolist()
    letters = np.frombuffer(words, dtype=np.uint8).astype(np.int32)
    whole = everyone.gather(letters, counts).astype(np.uint8).tobytes()
    ends = list(accumulate(counts))
    return [whole[end - count : end] for end, count in zip(ends, counts, strict=True)]
