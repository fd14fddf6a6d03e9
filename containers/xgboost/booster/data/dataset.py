"""A data set: rows of features, with label, weight and query apart."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booster.data.features import ConcatenatedFeatures, Features, SelectedFeatures, read_batches
from booster.data.query_groups import find_first_rows
from booster.model.category_codes import Categorical
from tandem.data.arrays import Float32Array, FloatArray


@dataclass(frozen=True)
class Dataset:
    """Rows in memory or in a file: `features` of shape (rows, features), the others (rows,).

    Missing values are NaN. `group` is each row's query, ascending, in formats that have queries.
    `names` are the names of the features, where the channel has them; XGBoost gets them with the
    finished model alone, as its matrices allow no `<` and no brackets in a name. `categorical` are
    the features that hold codes of categories. `grows` is true where the width follows from the
    largest index so far, and other hosts may have a larger one.
    """

    features: Features
    label: Float32Array
    weight: Float32Array | None
    group: FloatArray | None = None
    names: tuple[str, ...] | None = None
    categorical: Categorical = ()
    grows: bool = False

    @property
    def width(self) -> int:
        """Number of features."""
        return self.features.width

    def read_batches(self) -> Iterator[tuple[slice, Float32Array]]:
        """Yield the features in batches, each with the slice of its rows.

        A batch is float32 of shape (rows, features). A query is never split between two batches.
        """
        ends = None
        if self.group is not None:
            ends = [*find_first_rows(self.group)[1:].tolist(), len(self.label)]
        for start, values in read_batches(self.features, ends):
            yield slice(start, start + len(values)), values

    def select_weights(self, rows: slice = slice(None)) -> Float32Array | None:
        """Return some rows' weights as XGBoost expects them: with queries, one weight a query."""
        if self.weight is None or self.group is None:
            return None if self.weight is None else self.weight[rows]
        return self.weight[rows][find_first_rows(self.group[rows])]

    def read_all(self) -> Float32Array:
        """Return all features, float32 of shape (rows, features)."""
        return self.features.read(0, len(self.label))

    def append(self, other: Dataset) -> Dataset:
        """Return this data set with the rows of another one below; its queries are counted on."""
        group = other.group
        if self.group is not None and group is not None:
            group = group + self.group.max() + 1
        return replace(
            self,
            features=ConcatenatedFeatures((self.features, other.features), self.width),
            label=np.concatenate([self.label, other.label]),
            weight=_concatenate(self.weight, other.weight),
            group=_concatenate(self.group, group),
        )

    @property
    def feature_names(self) -> list[str]:
        """The names of the features; without any f0, f1 and so on, XGBoost's default."""
        return list(self.names or (f"f{index}" for index in range(self.width)))

    def count_missing(self) -> int:
        """Return the number of missing values."""
        return sum(int(np.isnan(values).sum()) for _, values in self.read_batches())

    def summarise(self) -> dict[str, float]:
        """Return the summary of `metrics.json`: counts, missing share, statistics of the label."""
        return {
            "rows": len(self.label),
            "features": self.width,
            "missing_share": self.count_missing() / (len(self.label) * self.width),
            "label_mean": float(self.label.mean(dtype=np.float64)),
            "label_deviation": float(self.label.std(dtype=np.float64)),
            "label_least": float(self.label.min()),
            "label_greatest": float(self.label.max()),
        }

    @property
    def fingerprint(self) -> str:
        """The shape and a CRC-32 of all values, which identify a data set."""
        total = 0
        for _, values in self.read_batches():
            total = zlib.crc32(np.ascontiguousarray(values).data, total)
        for part in (self.label, self.weight, self.group):
            if part is not None:
                total = zlib.crc32(np.ascontiguousarray(part).data, total)
        if self.categorical:
            total = zlib.crc32(repr(self.categorical).encode(), total)
        return f"{len(self.label)} rows, {self.width} features, check sum {total:08x}"

    def select_rows(self, indices: NDArray[np.intp]) -> Dataset:
        """Return the rows of these indices, which must be ascending."""
        return replace(
            self,
            features=SelectedFeatures(self.features, indices),
            label=self.label[indices],
            weight=None if self.weight is None else self.weight[indices],
            group=None if self.group is None else self.group[indices],
        )


def _concatenate(first: NDArray[Any] | None, second: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if first is None or second is None else np.concatenate([first, second])
