"""Blocks of texts as a table: what each known text changes in the features of the first one.

The table holds what the block's own steps return for every known text, so any chain of steps that
treats each column alone can be compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessor.plan.fitted_transform import ReplayBlock
from tandem.data.arrays import Float32Array
from tandem.data.schema.known_texts import KnownTexts
from tandem.data.tables import Table

# Steps that compute the features of a column from this column alone.
_ALONE = frozenset(
    {"flag", "lower", "missing", "rare", "onehot", "ordinal", "ordinal_by_target"}
    | {"target_encode", "hash"}
)
# Features computed for all known texts of a column, at most.
_MOST = 1 << 22


@dataclass(frozen=True)
class Changes:
    """The `features` that codes change, and their new `values`; each of shape (changes,)."""

    codes: NDArray[np.int64]
    features: NDArray[np.int64]
    values: Float32Array


def build_table(block: ReplayBlock, known: KnownTexts) -> tuple[Float32Array, Changes] | None:
    """Return the features of the first known texts, shape (width,), and the changes of each code.

    Return None where a feature may need several columns, or a column has no list of known texts.
    """
    if block.field != "text" or not _ALONE.issuperset(name for name, _ in block.replays):
        return None
    columns = [known.columns[place] for place in block.positions]
    if not all(columns) or max(len(c or ()) for c in columns) * block.width > _MOST:
        return None
    base = _apply(block, known, block.positions[0], 1)[0]
    parts = list(_compare_columns(block, known, base))
    owners = np.concatenate([np.unique(part.features) for part in parts])
    if len(np.unique(owners)) < len(owners):
        return None
    return base, Changes(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def _compare_columns(
    block: ReplayBlock, known: KnownTexts, base: Float32Array
) -> Iterator[Changes]:
    for place in block.positions:
        rows = _apply(block, known, place, len(known.columns[place] or ()))
        indices, features = np.nonzero(rows.view(np.uint32) != base.view(np.uint32))
        yield Changes(indices + known.starts[place], features, rows[indices, features])


def _apply(block: ReplayBlock, known: KnownTexts, place: int, count: int) -> Float32Array:
    """Return the features of the first `count` texts of a column beside the others' first ones."""
    codes = np.tile(np.array(known.starts, dtype=np.int32), (count, 1))
    codes[:, place] += np.arange(count, dtype=np.int32)
    table = Table(np.empty((count, 0)), known.decode(codes))
    with np.errstate(over="ignore"):
        features: Float32Array = np.asarray(block.apply(table)).astype(np.float32)
    return np.ascontiguousarray(features)
