"""Counts the rows of all hosts before training; a host without rows is logged and left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from booster.distributed import liveness
from booster.distributed.host_group import HostGroup, join_group
from booster.distributed.liveness import LivenessStatus
from tandem.contract import job_hosts
from tandem.contract.training_job import Job
from tandem.errors import UserError, join_words
from tandem.logs import logger

# The ports of the reference container (its `distributed.py`).
_COUNTING_PORT, TRAINING_PORT = 9099, 9100


class Shard(NamedTuple):
    """The rows of one host for training and validation, and a CRC-32 of all its data."""

    training: int
    validation: int
    checksum: int


NO_ROWS = Shard(0, 0, 0)


@dataclass(frozen=True)
class RowCounts:
    """The hosts that train, their shards, and the schemas (JSON) they sent.

    The hosts are ordered by the checksums of their shards, not by name: the same shards are summed
    in the same order, and so give the same trees, on whichever hosts a restarted job has them.
    """

    hosts: Sequence[str]
    shards: Sequence[Shard]
    schemas: Sequence[bytes]

    def __str__(self) -> str:
        checks = "-".join(f"{shard.checksum:08x}" for shard in self.shards)
        rows = (
            f"{sum(s.training for s in self.shards)} and {sum(s.validation for s in self.shards)}"
        )
        return f"{rows} rows on {len(self.hosts)} hosts, check sums {checks}"

    def count_rows(self) -> dict[str, list[int]]:
        """Return the number of rows of every host, by data set."""
        return {
            "train": [shard.training for shard in self.shards],
            "validation": [shard.validation for shard in self.shards],
        }


@contextmanager
def stay_reachable(everyone: HostGroup, job: Job) -> Iterator[LivenessStatus | None]:
    """Context manager: answer on the training port, from the row counts to the end of training.

    A host that dies in between is then noticed at once. Raises TandemError when this host has no
    address.
    """
    if everyone.alone:
        yield None
        return
    own = job_hosts.wait_for_address(everyone.current, job.stop)
    with liveness.open_responder((own, TRAINING_PORT), liveness.NOT_YET) as status:
        yield status


def exchange_row_counts(everyone: HostGroup, shard: Shard, schema: bytes, job: Job) -> RowCounts:
    """Return the row counts and schemas of all hosts. Raises UserError when no host has rows."""
    with join_group(everyone, _COUNTING_PORT, job):
        table = everyone.gather_numbers(shard)
        schemas = _exchange_bytes(everyone, schema)
    entries = [
        (Shard(*map(int, row)), host, word)
        for row, host, word in zip(table, everyone.hosts, schemas, strict=True)
    ]
    without = [host for shard, host, _ in entries if not shard.training]
    if len(without) == len(entries):
        raise UserError("no host has a row in the training channel")
    if without:
        logger.warning("without rows, and not taking part: %s", join_words(without))
    with_rows = [one for one in entries if one[0].training]
    shards, hosts, ordered_schemas = zip(
        *sorted(with_rows, key=lambda one: (one[0].checksum, one[1])), strict=True
    )
    return RowCounts(hosts, shards, ordered_schemas)


def _exchange_bytes(everyone: HostGroup, content: bytes) -> list[bytes]:
    counts = everyone.gather_numbers([len(content)])[:, 0].tolist()
    letters = np.frombuffer(content, dtype=np.uint8).astype(np.int32)
    whole = everyone.gather(letters, counts).astype(np.uint8).tobytes()
    ends = list(accumulate(counts))
    return [whole[end - count : end] for end, count in zip(ends, counts, strict=True)]
