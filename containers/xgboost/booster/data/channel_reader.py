"""Reads a channel's files into one data set: features, label, sample weight and query."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booster.data.categorical_columns import CategoricalColumns
from booster.data.dataset import Dataset
from booster.data.features import BATCH_CELLS, FeatureBuilder
from booster.data.float32 import to_float32
from booster.data.labels import LabelChecker
from booster.data.query_groups import QueryChecker
from tandem.codecs import training_channel
from tandem.contract.training_job import Channel
from tandem.data.arrays import Float32Array, FloatArray
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.tables import NoRow
from tandem.errors import BadData, Location
from tandem.logs import logger


def read_channel(
    channel: Channel,
    *,
    weights: bool,
    width: int | None = None,
    names: tuple[str, ...] | None = None,
    columns: CategoricalColumns | None = None,
    ranked: bool = False,
    labels: LabelChecker | None = None,
) -> Dataset:
    """Read a channel: the label first, then the weight where `weights` is true, then the features.

    In LIBSVM and recordio-protobuf the label stands apart. `width` is the training channel's, for
    formats whose rows leave out missing values; `names` are its feature names. Files that name
    their columns may have them in any order. `columns` selects the categorical features, and
    `labels` checks the labels. Files are read once, in parts of bounded size; features beyond a
    size are kept in a temporary file.

    Raises UserError when there is no file or no feature. Raises BadData, naming file, row and
    column, when a label is missing, a value is not a number, a file has other columns than the
    first, queries are not in order, or, where rows are `ranked`, weights differ within a query.
    """
    builder = _ChannelBuilder(width, names, columns, QueryChecker(ranked), labels or LabelChecker())
    categories = columns.categories if columns else None
    channel = replace(channel, data_columns=frozenset(names or ()))
    for examples in training_channel.read_labelled_rows(
        channel, weights=weights, categories=categories, unlabelled=True
    ):
        with examples.locate_errors():
            labelled = builder.labels.select_labelled(examples)
        with labelled.locate_errors():
            builder.add(labelled)
    _log_left_out(channel, builder.labels)
    builder.labels.raise_collected()
    dataset = builder.build()
    if not dataset.width:
        raise BadData(
            "there is no feature: the rows hold labels alone",
            where=Location(str(channel.path)),
            remedy="A row is the label, then the features",
        )
    names = dataset.names
    names_text = "" if names is None else f" with names, {names[0]} to {names[-1]}"
    logger.info(
        "channel %s: %d rows, %d features%s",
        channel.name,
        len(dataset.label),
        dataset.width,
        names_text,
    )
    return dataset


@dataclass
class _ChannelBuilder:
    """What has been read of a channel so far.

    Dense rows have the width of the first one. Sparse rows have the `stated_width`, or the one that
    the file states, or else the largest index so far plus one.
    """

    stated_width: int | None
    names: tuple[str, ...] | None
    columns: CategoricalColumns | None
    queries: QueryChecker
    labels: LabelChecker
    _width: int | None = None
    _grows: bool = True
    _features: FeatureBuilder = field(default_factory=FeatureBuilder)
    _columns: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def add(self, examples: LabelledRows) -> None:
        """Add the next rows."""
        self.names = self.names or examples.names
        if not len(examples.label):
            return
        examples = examples.align_columns(self.names)
        self.labels.check(examples)
        self.queries.check(examples)
        width = self._update_width(examples)
        for start, block in examples.split_blocks(width, BATCH_CELLS):
            rounded = to_float32(
                block,
                examples.file,
                first_row=start + 1,
                first_column=examples.first_column,
                names=examples.names,
            )
            self._features.add(self._clean_codes(rounded, examples, start + 1))
        parts = {"label": examples.label, "weight": examples.weight, "qid": examples.group}
        first = not self._columns
        for name, values in parts.items():
            if values is not None and (first or name in self._columns):
                self._columns.setdefault(name, []).append(
                    _round_column(name, values, examples.file)
                )
            elif values is not None or name in self._columns:
                has, others = ("no", "have one") if values is None else ("a", "have none")
                raise BadData(
                    f"has {has} {name}, and other files {others}", where=Location(examples.file)
                )

    def build(self) -> Dataset:
        """Return all rows as a data set."""
        whole = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        return Dataset(
            self._features.build(self._width or 0),
            whole["label"],
            whole.get("weight"),
            whole.get("qid"),
            self.names,
            self.columns.categorical if self.columns else (),
            self._grows,
        )

    def _clean_codes(self, block: Float32Array, examples: LabelledRows, row: int) -> Float32Array:
        if self.columns is None:
            return block
        first = examples.first_column
        numbered = [str(first + place) for place in range(block.shape[1])]
        at = Location(examples.file, row)
        return self.columns.clean_codes(block, self.names, at, examples.names or numbered)

    def _update_width(self, examples: LabelledRows) -> int:
        sparse = examples.features if isinstance(examples.features, SparseMatrix) else None
        width = self._width or 0
        if not self._grows:
            return width
        if sparse is not None and sparse.shape is None:
            self._grows = self.stated_width is None
            self._width = (
                max(width, examples.width) if self.stated_width is None else self.stated_width
            )
        elif sparse is not None and self.stated_width is not None:
            self._grows, self._width = False, self.stated_width
        else:
            self._grows, self._width = False, max(width, examples.width)
        return self._width


def _log_left_out(channel: Channel, labels: LabelChecker) -> None:
    """Log how many rows have no label. Raises NoRow when none has one."""
    if labels.left_out == labels.rows:
        raise NoRow(f"none of {labels.rows:,} rows has a label", where=Location(str(channel.path)))
    if labels.left_out:
        logger.warning(
            "channel %s: rows without a label: %d of %d, left out (hyperparameter missing_target)",
            channel.name,
            labels.left_out,
            labels.rows,
        )


def _round_column(name: str, values: FloatArray, file: str | None) -> NDArray[Any]:
    # float32 would round some numbers of queries to others.
    return values if name == "qid" else to_float32(values[:, None], file, name=name)[:, 0]
