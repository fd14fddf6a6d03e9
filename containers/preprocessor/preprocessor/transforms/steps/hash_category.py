"""Hashed categories: a fixed number of features, however many categories there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.murmur3 import hash_to_feature
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import flag, whole

FEATURES = Option("features", whole(2, 1 << 16), 32, "Features a column becomes.")
SIGNED = Option(
    "signed",
    flag(),
    True,
    "Half of the categories set -1 instead of 1, so that two that meet are not one.",
)


@dataclass(frozen=True)
class HashCategoryReplay:
    """Replay of step `hash`: `features` outputs per column.

    `signed` = FeatureHasher(alternate_sign=True).
    """

    features: int
    signed: bool

    def apply(self, values: Array) -> Array:
        """Return the hashed categories; float64, shape (rows, columns * features).

        values: object array (rows, columns); a missing category sets no feature.
        """
        rows, columns = values.shape
        hashed = np.zeros((rows, columns * self.features))
        for row, cells in enumerate(values.tolist()):
            for column, cell in enumerate(cells):
                if cell is not None:
                    index, sign = hash_to_feature(cell, self.features)
                    hashed[row, column * self.features + index] = sign if self.signed else 1.0
        return hashed

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _HashCategory(Step):
    name = "hash"
    sentence = (
        "One of a few features by the category's hash (MurmurHash3, 32 bits, seed 0, of its UTF-8"
        " bytes): nothing is learnt, and no category is unseen. The feature's number is the size of"
        " the signed hash, modulo `features`."
    )
    options = (FEATURES, SIGNED)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.hashing import CategoryHasher

        return CategoryHasher(options[FEATURES], options[SIGNED])

    def read_replay(self, fitted: Any) -> Replay:
        return HashCategoryReplay(fitted.features, signed=fitted.signed)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return HashCategoryReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in range(fitted.features)]


STEP = _HashCategory()
