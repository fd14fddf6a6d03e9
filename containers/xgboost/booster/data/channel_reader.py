"""A channel's files become one data set: features, with label, weight and query apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booster.data.categorical_columns import Choice
from booster.data.dataset import Dataset
from booster.data.features import BATCH_CELLS, Gathering
from booster.data.float32 import single
from booster.data.labels import Labels
from booster.data.query_groups import Queries
from tandem.codecs import training_channel
from tandem.contract.training_job import Channel
from tandem.data.arrays import Float32Array, FloatArray
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.tables import NoRow
from tandem.errors import BadData, Location
from tandem.logs import logger


def read(
    channel: Channel,
    *,
    weights: bool,
    width: int | None = None,
    names: tuple[str, ...] | None = None,
    choice: Choice | None = None,
    ranked: bool = False,
    labels: Labels | None = None,
) -> Dataset:
    """Read a channel: label first, then the weight when `weights`, then the features.

    LIBSVM and recordio-protobuf keep the label apart. `width` is the training channel's, for the
    formats whose rows leave out what is missing; `names` are its names. Files that name their
    columns may have them in any order. The files are read once, in parts of bounded size; features
    beyond some size are kept in a temporary file. Raises UserError when there is no file or no
    feature, and BadData, naming file, row and column, when a label is missing, a value is no
    number, a file has other columns than the first, queries are not in order, or, where rows are
    `ranked`, weights differ within a query. `choice` says which features are categories,
    and `labels` which labels there may be.
    """
    reading = _Reading(width, names, choice, Queries(ranked), labels or Labels())
    categories = choice.categories if choice else None
    channel = replace(channel, data_columns=frozenset(names or ()))
    for examples in training_channel.read_labelled_rows(
        channel, weights=weights, categories=categories, unlabelled=True
    ):
        with examples.locate_errors():
            kept = reading.labels.labelled(examples)
        with kept.locate_errors():
            reading.add(kept)
    _log_left_out(channel, reading.labels)
    reading.labels.settle()
    dataset = reading.dataset()
    if not dataset.width:
        raise BadData(
            "there is no feature: the rows hold labels alone",
            where=Location(str(channel.path)),
            remedy="A row is the label, then the features",
        )
    names = dataset.names
    known = "" if names is None else f" with names, {names[0]} to {names[-1]}"
    logger.info(
        "channel %s: %d rows, %d features%s",
        channel.name,
        len(dataset.label),
        dataset.width,
        known,
    )
    return dataset


@dataclass
class _Reading:
    """What is read of a channel so far.

    Dense rows have the first one's width; sparse ones the `stated` one, or the one a body says, or
    else what the largest index so far needs.
    """

    stated: int | None
    names: tuple[str, ...] | None
    choice: Choice | None
    queries: Queries
    labels: Labels
    _width: int | None = None
    _grows: bool = True
    _features: Gathering = field(default_factory=Gathering)
    _columns: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def add(self, examples: LabelledRows) -> None:
        """Take the next rows in."""
        self.names = self.names or examples.names
        if not len(examples.label):
            return
        examples = examples.align_columns(self.names)
        self.labels.check(examples)
        self.queries.check(examples)
        width = self._widened(examples)
        for start, block in examples.split_blocks(width, BATCH_CELLS):
            rounded = single(
                block,
                examples.file,
                first_row=start + 1,
                first_column=examples.first_column,
                names=examples.names,
            )
            self._features.add(self._coded(rounded, examples, start + 1))
        parts = {"label": examples.label, "weight": examples.weight, "qid": examples.group}
        first = not self._columns
        for name, values in parts.items():
            if values is not None and (first or name in self._columns):
                self._columns.setdefault(name, []).append(_column(name, values, examples.file))
            elif values is not None or name in self._columns:
                has, others = ("no", "have one") if values is None else ("a", "have none")
                raise BadData(
                    f"has {has} {name}, and other files {others}", where=Location(examples.file)
                )

    def dataset(self) -> Dataset:
        """Give all that was read."""
        whole = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        return Dataset(
            self._features.features(self._width or 0),
            whole["label"],
            whole.get("weight"),
            whole.get("qid"),
            self.names,
            self.choice.settled if self.choice else (),
            self._grows,
        )

    def _coded(self, block: Float32Array, examples: LabelledRows, row: int) -> Float32Array:
        if self.choice is None:
            return block
        first = examples.first_column
        numbered = [str(first + place) for place in range(block.shape[1])]
        at = Location(examples.file, row)
        return self.choice.coded(block, self.names, at, examples.names or numbered)

    def _widened(self, examples: LabelledRows) -> int:
        sparse = examples.features if isinstance(examples.features, SparseMatrix) else None
        known = self._width or 0
        if not self._grows:
            return known
        if sparse is not None and sparse.shape is None:
            self._grows = self.stated is None
            self._width = max(known, examples.width) if self.stated is None else self.stated
        elif sparse is not None and self.stated is not None:
            self._grows, self._width = False, self.stated
        else:
            self._grows, self._width = False, max(known, examples.width)
        return self._width


def _log_left_out(channel: Channel, labels: Labels) -> None:
    """Say how many rows have no label. Raises NoRow where none has one."""
    if labels.left_out == labels.rows:
        raise NoRow(f"none of {labels.rows:,} rows has a label", where=Location(str(channel.path)))
    if labels.left_out:
        logger.warning(
            "channel %s: rows without a label: %d of %d, left out (hyperparameter missing_target)",
            channel.name,
            labels.left_out,
            labels.rows,
        )


def _column(what: str, values: FloatArray, file: str | None) -> NDArray[Any]:
    # A query may have a number that 32 bits would round to another one's.
    return values if what == "qid" else single(values[:, None], file, name=what)[:, 0]
