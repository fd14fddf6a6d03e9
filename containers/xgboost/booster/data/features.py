"""The features of a data set, read a range of rows at a time: in memory or in an unnamed file.

An unnamed file disappears with the process, however that ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from booster.data.sparse_rows import SparseRows, is_sparse, to_sparse
from booster.data.temp_files import TempFile, choose_folder
from tandem.contract.settings import MEGABYTE
from tandem.data.arrays import Float32Array
from tandem.logs import logger
from tandem.machine.cgroup import memory_limit

# Cells of a batch; bytes kept in memory, at most this share of the memory limit.
BATCH_CELLS = 2 * MEGABYTE
IN_MEMORY_BYTES, _IN_MEMORY_SHARE = 64 * MEGABYTE, 16
_CELL_BYTES = 4


class Features(Protocol):
    """A matrix of float32 that need not be in memory; missing values are NaN."""

    def __len__(self) -> int:
        """Return the number of rows."""

    @property
    def width(self) -> int:
        """Number of features."""

    def read(self, start: int, stop: int) -> Float32Array:
        """Return rows `start` to `stop`, read-only, shape (stop - start, width)."""


@dataclass(frozen=True)
class InMemoryFeatures:
    """Rows in memory: `values` of shape (rows, features)."""

    values: Float32Array

    def __len__(self) -> int:
        return len(self.values)

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.values.shape[1])

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows."""
        return self.values[start:stop]


@dataclass(frozen=True)
class StoredFeatures:
    """Rows in a file, from byte `offset` on."""

    file: TempFile
    offset: int
    rows: int
    width: int

    def __len__(self) -> int:
        return self.rows

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows."""
        values = np.empty((stop - start, self.width), dtype=np.float32)
        self.file.read(self.offset + start * self.width * _CELL_BYTES, values)
        return values


@dataclass(frozen=True)
class ConcatenatedFeatures:
    """The rows of several parts, one below the other; narrower parts lack the last features."""

    parts: Sequence[Features]
    width: int

    def __len__(self) -> int:
        return self._ends[-1] if self.parts else 0

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(len(part) for part in self.parts))

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows."""
        runs = list(self._read_runs(start, stop))
        if len(runs) == 1 and runs[0].shape[1] == self.width:
            return runs[0]
        values = np.full((max(0, stop - start), self.width), np.nan, dtype=np.float32)
        at = 0
        for run in runs:
            values[at : at + len(run), : run.shape[1]] = run
            at += len(run)
        return values

    def _read_runs(self, start: int, stop: int) -> Iterator[Float32Array]:
        for index in range(bisect_right(self._ends, start), len(self.parts)):
            part = self.parts[index]
            begin = self._ends[index] - len(part)
            if begin >= stop:
                return
            yield part.read(max(start - begin, 0), min(stop - begin, len(part)))


@dataclass(frozen=True)
class SelectedFeatures:
    """Some rows of `base`; their `indices` are ascending."""

    base: Features
    indices: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def width(self) -> int:
        """Number of features."""
        return self.base.width

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows."""
        remaining = self.indices[start:stop]
        runs = []
        while len(remaining):
            first = int(remaining[0])
            run = remaining[remaining < first + count_batch_rows(self.width)]
            runs.append(self.base.read(first, int(run[-1]) + 1)[run - first])
            remaining = remaining[len(run) :]
        if len(runs) == 1:
            return runs[0]
        return np.concatenate([np.empty((0, self.width), np.float32), *runs])


class FeatureBuilder:
    """Collects rows, block by block; beyond `limit` bytes they are moved to a temporary file."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = _choose_memory_bytes() if limit is None else limit
        self._parts: list[Features] = []
        self._bytes = 0
        self._file: TempFile | None = None

    def add(self, block: Float32Array) -> None:
        """Add float32 rows of shape (rows, features); a block may be wider than those before it."""
        sparse = to_sparse(block) if is_sparse(block) else None
        self._bytes += block.nbytes if sparse is None else sparse.nbytes
        self._parts.append(sparse or InMemoryFeatures(block))
        if self._bytes > self._limit:
            self._parts = self._move_to_file()

    def build(self, width: int) -> Features:
        """Return all rows, `width` features wide."""
        if len(self._parts) == 1 and self._parts[0].width == width:
            return self._parts[0]
        return ConcatenatedFeatures(self._parts, width)

    def _move_to_file(self) -> list[Features]:
        try:
            file = self._file = self._file or TempFile()
            return list(_merge_adjacent(_write_part(part, file) for part in self._parts))
        except OSError as error:
            logger.warning(
                "training data stay in memory: %s cannot be written to (%s)",
                choose_folder(),
                error.strerror,
            )
            self._limit = 1 << 62
            return self._parts


def read_batches(
    features: Features, ends: Sequence[int] | None = None
) -> Iterator[tuple[int, Float32Array]]:
    """Yield batches of rows, each with the index of its first row; one empty batch for no rows.

    A batch holds about `BATCH_CELLS` cells, and ends before a row of `ends`, where these are given.
    """
    start, count, step = 0, len(features), count_batch_rows(features.width)
    while True:
        stop = min(start + step, count)
        if ends is not None and stop < count:
            index = bisect_right(ends, stop)
            stop = ends[index - 1] if index and ends[index - 1] > start else ends[index]
        yield start, features.read(start, stop)
        start = stop
        if start >= count:
            return


def count_batch_rows(width: int) -> int:
    """Return how many rows of this width make a batch."""
    return max(1, BATCH_CELLS // max(1, width))


def _choose_memory_bytes() -> int:
    limit = memory_limit()
    return IN_MEMORY_BYTES if limit is None else min(IN_MEMORY_BYTES, limit // _IN_MEMORY_SHARE)


def _write_part(part: Features, file: TempFile) -> Features:
    if isinstance(part, SparseRows):
        return part.store(file)
    if not isinstance(part, InMemoryFeatures):
        return part
    return StoredFeatures(file, file.write(part.values), len(part), part.width)


def _merge_adjacent(parts: Iterator[Features]) -> Iterator[Features]:
    """Merge parts that lie side by side in the file."""
    last: Features | None = None
    for part in parts:
        if (
            isinstance(last, StoredFeatures)
            and isinstance(part, StoredFeatures)
            and last.width == part.width
        ):
            last = StoredFeatures(last.file, last.offset, last.rows + part.rows, last.width)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
