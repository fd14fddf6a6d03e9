"""Training data: a channel's files become rows of features, with label, weight and query apart."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.features import (
    BATCH_CELLS,
    Features,
    Floats,
    Gathering,
    Joined,
    Selected,
    batches,
)
from booster.data.float32 import single
from booster.data.labels import Labels
from booster.data.query_groups import Queries, firsts
from booster.model.category_codes import Categorical, Choice
from booster.predict.predictor_selection import walked
from booster.predict.trees.threaded_prediction import threaded
from tandem.codecs import training_channel
from tandem.contract.training_job import Channel
from tandem.data.rows.labelled_rows import Examples
from tandem.data.rows.sparse_matrix import Sparse
from tandem.data.tables import NoRow, Numbers
from tandem.errors import BadData, Where
from tandem.logs import logger


@dataclass(frozen=True)
class Dataset:
    """`features` has shape (rows, features), the others (rows,); missing is NaN.

    `group` is the query a row belongs to, where the format has it, in rising order. `names` are the
    features', where the channel has them; XGBoost sees them only in the finished model, as its own
    matrices allow no `<` and no brackets in a name. `categorical` are the features that hold codes
    of categories. `grows` says that the width is what the largest index so far needed.
    """

    features: Features
    label: Floats
    weight: Floats | None
    group: Numbers | None = None
    names: tuple[str, ...] | None = None
    categorical: Categorical = ()
    grows: bool = False

    @property
    def width(self) -> int:
        """Number of features."""
        return self.features.width

    def batches(self) -> Iterator[tuple[slice, Floats]]:
        """Return the features a batch at a time, and which rows they are.

        No query is cut in two.
        """
        ends = None
        if self.group is not None:
            ends = [*firsts(self.group)[1:].tolist(), len(self.label)]
        for start, values in batches(self.features, ends):
            yield slice(start, start + len(values)), values

    def weights(self, rows: slice = slice(None)) -> Floats | None:
        """Return some rows' weights as XGBoost wants them: where there are queries, one of each."""
        if self.weight is None or self.group is None:
            return None if self.weight is None else self.weight[rows]
        return self.weight[rows][firsts(self.group[rows])]

    def whole(self) -> Floats:
        """Give all features at once."""
        return self.features.read(0, len(self.label))

    def joined(self, other: Dataset) -> Dataset:
        """Put the rows of another data set below these; its queries count as further ones."""
        group = other.group
        if self.group is not None and group is not None:
            group = group + self.group.max() + 1
        return replace(
            self,
            features=Joined((self.features, other.features), self.width),
            label=np.concatenate([self.label, other.label]),
            weight=_below(self.weight, other.weight),
            group=_below(self.group, group),
        )

    def predicted(self, model: xgb.Booster, **how: Any) -> NDArray[np.float32]:
        """Let a model predict the rows, a batch at a time."""
        walk = None if how else walked(model)
        if walk is not None:
            with threaded(walk, model) as predict:
                found = np.concatenate([predict(values) for _, values in self.batches()])
            return found[:, 0] if found.shape[1] == 1 else found
        return np.concatenate(
            [
                model.predict(xgb.DMatrix(values), validate_features=False, **how)
                for _, values in self.batches()
            ]
        )

    @property
    def feature_names(self) -> list[str]:
        """Return the features' names; without any, f0, f1 and so on, as XGBoost calls them."""
        return list(self.names or (f"f{index}" for index in range(self.width)))

    def missing(self) -> int:
        """Count the missing values."""
        return sum(int(np.isnan(values).sum()) for _, values in self.batches())

    def summary(self) -> dict[str, float]:
        """Describe the rows in a few numbers."""
        return {
            "rows": len(self.label),
            "features": self.width,
            "missing_share": self.missing() / (len(self.label) * self.width),
            "label_mean": float(self.label.mean(dtype=np.float64)),
            "label_deviation": float(self.label.std(dtype=np.float64)),
            "label_least": float(self.label.min()),
            "label_greatest": float(self.label.max()),
        }

    @property
    def fingerprint(self) -> str:
        """Shape and check sum: what tells one data set from another."""
        total = 0
        for _, values in self.batches():
            total = zlib.crc32(np.ascontiguousarray(values).data, total)
        for part in (self.label, self.weight, self.group):
            if part is not None:
                total = zlib.crc32(np.ascontiguousarray(part).data, total)
        if self.categorical:
            total = zlib.crc32(repr(self.categorical).encode(), total)
        return f"{len(self.label)} rows, {self.width} features, check sum {total:08x}"

    def rows(self, which: NDArray[np.intp]) -> Dataset:
        """Return some of the rows; their numbers must rise."""
        return replace(
            self,
            features=Selected(self.features, which),
            label=self.label[which],
            weight=None if self.weight is None else self.weight[which],
            group=None if self.group is None else self.group[which],
        )


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
    channel = replace(channel, keep=frozenset(names or ()))
    for examples in training_channel.examples(
        channel, weights=weights, categories=categories, unlabelled=True
    ):
        with examples.placed():
            kept = reading.labels.labelled(examples)
        with kept.placed():
            reading.add(kept)
    _log_left_out(channel, reading.labels)
    reading.labels.settle()
    dataset = reading.dataset()
    if not dataset.width:
        raise BadData(
            "there is no feature: the rows hold labels alone",
            where=Where(str(channel.path)),
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

    def add(self, examples: Examples) -> None:
        """Take the next rows in."""
        self.names = self.names or examples.names
        if not len(examples.label):
            return
        examples = examples.arranged(self.names)
        self.labels.check(examples)
        self.queries.check(examples)
        width = self._widened(examples)
        for start, block in examples.blocks(width, BATCH_CELLS):
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
                    f"has {has} {name}, and other files {others}", where=Where(examples.file)
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

    def _coded(self, block: Floats, examples: Examples, row: int) -> Floats:
        if self.choice is None:
            return block
        first = examples.first_column
        numbered = [str(first + place) for place in range(block.shape[1])]
        at = Where(examples.file, row)
        return self.choice.coded(block, self.names, at, examples.names or numbered)

    def _widened(self, examples: Examples) -> int:
        sparse = examples.features if isinstance(examples.features, Sparse) else None
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
        raise NoRow(f"none of {labels.rows:,} rows has a label", where=Where(str(channel.path)))
    if labels.left_out:
        logger.warning(
            "channel %s: rows without a label: %d of %d, left out (hyperparameter missing_target)",
            channel.name,
            labels.left_out,
            labels.rows,
        )


def _below(first: NDArray[Any] | None, second: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if first is None or second is None else np.concatenate([first, second])


def _column(what: str, values: Numbers, file: str | None) -> NDArray[Any]:
    # A query may have a number that 32 bits would round to another one's.
    return values if what == "qid" else single(values[:, None], file, name=what)[:, 0]
