"""Recognizes training rows by a hash of their parsed values and their label.

A training row that comes with its label is input of a booster's training: supervised steps then use
the statistics of the other folds (cross fitting). Without its label, it is treated like any row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.kernels.arrays import RowIndices
from tandem.data.tables import Table
from tandem.errors import Location, UserError

NAME = "training_rows.npy"
_ABSENT = "\x1e"
_BORDER = "\x1f"


@dataclass(frozen=True)
class TrainingRows:
    """Hashes of the training rows, sorted, each once, as unsigned 64-bit integers."""

    hashes: NDArray[np.uint64]

    def find_indices(self, table: Table) -> RowIndices:
        """Return each row's index among the hashes, intp of shape (rows,), -1 for other rows.

        Rows with equal values and labels share one index.
        """
        sought = hash_rows(table)
        indices = np.minimum(self.hashes.searchsorted(sought), len(self.hashes) - 1)
        is_training_row = self.hashes[indices] == sought
        return np.where(is_training_row, indices, -1)

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        buffer = io.BytesIO()
        np.save(buffer, self.hashes, allow_pickle=False)
        return buffer.getvalue()


def remember_rows(table: Table) -> TrainingRows:
    """Return the hashes of a training table with labels."""
    return TrainingRows(np.unique(hash_rows(table)))


def load_training_rows(path: Path) -> TrainingRows:
    """Load the hashes. Raises UserError when the file is missing or invalid."""
    try:
        row_hashes = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(
            "cannot be read", where=Location(file=str(path)), remedy="Train again with this image"
        ) from error
    return TrainingRows(np.asarray(row_hashes, dtype=np.uint64))


def hash_rows(table: Table) -> NDArray[np.uint64]:
    """Return platform-independent row hashes of a table with labels, uint64, shape (rows,)."""
    numbers = np.asarray(table.numbers, dtype="<f8") + 0.0  # no negative zero
    numbers[np.isnan(numbers)] = np.nan
    labels = np.asarray(table.label)
    digests = [
        blake2b(row.tobytes() + words, digest_size=8).digest()
        for row, words in zip(
            np.ascontiguousarray(numbers), _encode_cells(table, labels), strict=True
        )
    ]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _encode_cells(table: Table, labels: NDArray[np.generic]) -> Iterator[bytes]:
    texts = table.texts.tolist() if table.texts.size else [[]] * len(table)
    for row, label in zip(texts, labels.tolist(), strict=True):
        cells = [_ABSENT if cell is None else cell for cell in (*row, label)]
        yield _BORDER.join(map(str, cells)).encode("utf-8", "surrogatepass")
