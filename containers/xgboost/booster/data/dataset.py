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
    """`features` has shape (rows, features), the others (rows,); missing is NaN.

    `group` is the query a row belongs to, where the format has it, in rising order. `names` are the
    features', where the channel has them; XGBoost sees them only in the finished model, as its own
    matrices allow no `<` and no brackets in a name. `categorical` are the features that hold codes
    of categories. `grows` says that the width is what the largest index so far needed.
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
        """Return the features a batch at a time, and which rows they are.

        No query is cut in two.
        """
        ends = None
        if self.group is not None:
            ends = [*find_first_rows(self.group)[1:].tolist(), len(self.label)]
        for start, values in read_batches(self.features, ends):
            yield slice(start, start + len(values)), values

    def select_weights(self, rows: slice = slice(None)) -> Float32Array | None:
        """Return some rows' weights as XGBoost wants them: where there are queries, one of each."""
        if self.weight is None or self.group is None:
            return None if self.weight is None else self.weight[rows]
        return self.weight[rows][find_first_rows(self.group[rows])]

    def read_all(self) -> Float32Array:
        """Give all features at once."""
        return self.features.read(0, len(self.label))

    def append(self, other: Dataset) -> Dataset:
        """Put the rows of another data set below these; its queries count as further ones."""
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
        """Return the features' names; without any, f0, f1 and so on, as XGBoost calls them."""
        return list(self.names or (f"f{index}" for index in range(self.width)))

    def count_missing(self) -> int:
        """Count the missing values."""
        return sum(int(np.isnan(values).sum()) for _, values in self.read_batches())

    def summarise(self) -> dict[str, float]:
        """Describe the rows in a few numbers."""
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
        """Shape and check sum: what tells one data set from another."""
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
        """Return some of the rows; their numbers must rise."""
        return replace(
            self,
            features=SelectedFeatures(self.features, indices),
            label=self.label[indices],
            weight=None if self.weight is None else self.weight[indices],
            group=None if self.group is None else self.group[indices],
        )


def _concatenate(first: NDArray[Any] | None, second: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if first is None or second is None else np.concatenate([first, second])
