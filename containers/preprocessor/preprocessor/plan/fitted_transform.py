"""The fitted transform as plain arrays and lookups, served without pandas or scikit-learn.

It computes in float64 in scikit-learn's order and rounds to float32 once, at the end: a transform
that rounds earlier moves values across the thresholds of a booster's trees.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from preprocessor.plan import custom_block, sklearn_block, training_rows
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.plan.training_rows import TrainingRows
from preprocessor.transforms.kernels.arrays import Array, RowIndices
from preprocessor.transforms.steps import STEPS, Replay
from preprocessor.transforms.steps.step import CrossFittedReplay, ReadingReplay, SparseReplay
from tandem.data.rows import sparse_table
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.schema.fields import FieldKind
from tandem.data.tables import Table
from tandem.data.unusual_counts import UNPARSABLE, UnusualCounts
from tandem.errors import BadData

NAME = "transform.json"
# Rows transformed at a time: what they need between the steps stays in the processor's cache.
ROWS = 1024


class Block(Protocol):
    """A block of features: replayed, or computed by scikit-learn."""

    @property
    def width(self) -> int:
        """Number of features."""

    @property
    def sparse(self) -> bool:
        """Whether the features are sparse: few a row are present, the others missing."""

    def apply(
        self,
        table: Table,
        training_indices: RowIndices | None = None,
        unread: dict[str, int] | None = None,
    ) -> Array | SparseMatrix:
        """Return the block's features as float64, shape (rows, width).

        `training_indices` are the indices among the training rows, -1 for any other row. `unread`
        receives the number of unparsable texts of each column.
        """

    def to_json(self) -> dict[str, Any]:
        """Return the block as JSON values."""


@dataclass(frozen=True)
class ReplayBlock:
    """A block of replayed steps on columns of the table's numbers or texts.

    `positions` are the indices of the columns; `replays` are (step name, replay); `width` is the
    number of features.
    """

    field: FieldKind
    positions: tuple[int, ...]
    replays: tuple[tuple[str, Replay], ...]
    width: int

    @property
    def sparse(self) -> bool:
        """Whether the features are sparse: few a row are present, the others missing."""
        last = self.replays[-1][1] if self.replays else None
        return isinstance(last, SparseReplay) and last.absent == "missing"

    def apply(
        self,
        table: Table,
        training_indices: RowIndices | None = None,
        unread: dict[str, int] | None = None,
    ) -> Array | SparseMatrix:
        """Return the block's features as float64, shape (rows, width)."""
        values: Any = self.select_columns(table)
        replays = self.replays
        if unread is not None and self._reading is not None:
            values, replays = self._reading.apply_and_count(values, unread), replays[1:]
        for _, replay in replays:
            if training_indices is not None and isinstance(replay, CrossFittedReplay):
                values = replay.apply_cross_fitted(values, training_indices)
            else:
                values = replay.apply(values)
        features: Array | SparseMatrix = values
        return features

    def select_columns(self, table: Table) -> Array:
        """Return a copy of the block's columns, shape (rows, columns)."""
        source = table.numbers if self.field == "number" else table.texts
        values: Array = source.take(self._index, axis=1)
        return values

    @cached_property
    def _reading(self) -> ReadingReplay | None:
        """The first replay if it parses texts, else None."""
        first = self.replays[0][1] if self.replays else None
        return first if isinstance(first, ReadingReplay) else None

    @cached_property
    def _index(self) -> NDArray[np.intp]:
        return np.array(self.positions, dtype=np.intp)

    def to_json(self) -> dict[str, Any]:
        """Return the block as JSON values."""
        steps = [{"step": step, **replay.to_json()} for step, replay in self.replays]
        place = {"field": self.field, "positions": list(self.positions), "width": self.width}
        return {**place, "steps": steps}


@dataclass(frozen=True)
class Plan:
    """The blocks of a fitted transform, in the order of their features.

    `rows` are the training rows, where a block learnt from the target.
    """

    blocks: tuple[Block, ...]
    rows: TrainingRows | None = None

    @cached_property
    def width(self) -> int:
        """Number of features."""
        return sum(block.width for block in self.blocks)

    def apply(self, table: Table, counts: UnusualCounts | None = None) -> NDArray[np.float32]:
        """Return the features as float32, shape (rows, width); `counts` gets unparsable texts."""
        features = np.empty((len(table), self.width), dtype=np.float32)
        with _ignore_float_errors():
            for rows, blocks in self._transform_parts(table, counts):
                start = 0
                for served, values in zip(self.blocks, blocks, strict=True):
                    dense = (
                        values.to_dense(served.width)
                        if isinstance(values, SparseMatrix)
                        else values
                    )
                    features[rows, start : start + served.width] = dense
                    start += served.width
        return features

    @property
    def sparse(self) -> bool:
        """Whether a block is sparse, so that only present features should be kept."""
        return any(block.sparse for block in self.blocks)

    def apply_sparse(self, table: Table, counts: UnusualCounts | None = None) -> SparseMatrix:
        """Return the features of `apply` as a sparse matrix without the missing ones."""
        with _ignore_float_errors():
            blocks = (features for _, features in self._transform_parts(table, counts))
            parts = [
                sparse_table.join_columns(list(map(_to_sparse, features))) for features in blocks
            ]
            return sparse_table.to_float32(sparse_table.join_rows(parts))

    def _transform_parts(
        self, table: Table, counts: UnusualCounts | None
    ) -> Iterator[tuple[slice, list[Array | SparseMatrix]]]:
        """Yield slices of at most `ROWS` rows with the features of each block."""
        training_indices = (
            self.rows.find_indices(table) if self.rows and table.label is not None else None
        )
        if len(table) <= ROWS:
            yield slice(0, len(table)), self._apply_blocks(table, training_indices, counts)
            return
        for number, part in enumerate(table.split(ROWS)):
            rows = slice(number * ROWS, (number + 1) * ROWS)
            try:
                part_indices = None if training_indices is None else training_indices[rows]
                yield rows, self._apply_blocks(part, part_indices, counts)
            except BadData as error:
                raise error.shift_rows(number * ROWS) from error

    def _apply_blocks(
        self, table: Table, training_indices: RowIndices | None, counts: UnusualCounts | None
    ) -> list[Array | SparseMatrix]:
        unread: dict[str, int] = {}
        features = [each.apply(table, training_indices, unread) for each in self.blocks]
        if unread and counts is not None:
            for column, count in unread.items():
                counts.add(UNPARSABLE, column, count)
        return features

    def to_json(self) -> bytes:
        """Return the plan as JSON; numbers round-trip exactly."""
        values = [block.to_json() for block in self.blocks]
        rows = {"training_rows": training_rows.NAME} if self.rows else {}
        return json.dumps({"blocks": values, **rows}, ensure_ascii=False).encode()


def from_json(values: Mapping[str, Any], folder: Path) -> Plan:
    """Return the plan from its JSON values; the files it names are in `folder`.

    Raises KeyError or TypeError when the values are not a plan. Raises UserError when a file cannot
    be loaded.
    """
    blocks = tuple(_load_block(each, folder) for each in values["blocks"])
    rows = (
        training_rows.load_training_rows(folder / training_rows.NAME)
        if "training_rows" in values
        else None
    )
    return Plan(blocks, rows)


def _load_block(values: Mapping[str, Any], folder: Path) -> Block:
    field, positions = values["field"], tuple(values["positions"])
    if "own" in values:
        return custom_block.load_block(values, folder)
    if "fitted" in values:
        return SklearnBlock(
            field=field,
            positions=positions,
            columns=tuple(values["columns"]),
            width=values["width"],
            file=values["fitted"],
            estimator=sklearn_block.load_estimator(folder / values["fitted"]),
        )
    replays = tuple(_load_step(step) for step in values["steps"])
    return ReplayBlock(field, positions, replays, values["width"])


def _ignore_float_errors() -> np.errstate:
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


def _to_sparse(values: Array | SparseMatrix) -> SparseMatrix:
    return values if isinstance(values, SparseMatrix) else sparse_table.from_dense(values)


def _load_step(values: Mapping[str, Any]) -> tuple[str, Replay]:
    name = values["step"]
    rest = {key: value for key, value in values.items() if key != "step"}
    return name, STEPS[name].from_json(rest)
