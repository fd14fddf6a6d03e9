"""Target encoding: the mean of the target in a category's rows, or the share of each class.

The training rows' own features are cross-fitted: each is computed from the rows of the other folds,
or the booster would find its own labels in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array, RowIndices
from preprocessor.transforms.kernels.categorical import CategoryLookups
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import optional, real, whole
from tandem.errors import UserError

SMOOTHING = Option(
    "smooth",
    optional(real(0)),
    None,
    "How many rows with the mean of all are mixed into a category's mean. By default the more, the"
    " fewer rows it has and the more they differ (empirical Bayes).",
)
FOLDS = Option("folds", whole(2, 100), 5, "Folds the training rows' own features come from.")

Encodings = list[list[list[float]]]


@dataclass(frozen=True)
class TargetEncodeReplay:
    """Replay of step `target_encode`: `categories` and `encodings` by column.

    The last encoding is that of unknown categories. An encoding has one number, or one per class.
    `folds` holds the encodings of the categories in the rows of a fold, learnt from the other
    folds: by column, fold and category.
    """

    categories: list[list[str | None]]
    encodings: Encodings
    folds: list[list[list[list[float] | None]]]

    def apply(self, values: Array) -> Array:
        """Encode as learnt from all training rows; float64, shape (rows, columns * numbers)."""
        return self._stack_features(self._lookups.look_up(values))

    def apply_cross_fitted(self, values: Array, training_indices: RowIndices) -> Array:
        """Return what `apply` returns, but training rows encoded as learnt from the other folds."""
        features = self.apply(values)
        count = len(self.folds[0])
        for fold in range(count):
            rows = np.flatnonzero((training_indices >= 0) & (training_indices % count == fold))
            if len(rows):
                features[rows] = self._stack_features(
                    self._fold_lookups[fold].look_up(values[rows])
                )
        return features

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    def _stack_features(self, encodings: list[list[Any]]) -> Array:
        cube = np.array(encodings, dtype=np.float64)
        return cube.transpose(1, 0, 2).reshape(cube.shape[1], -1)

    @cached_property
    def _lookups(self) -> CategoryLookups:
        pairs = zip(self.categories, self.encodings, strict=True)
        columns = [_map_known(names, values[:-1]) for names, values in pairs]
        return CategoryLookups(columns, [values[-1] for values in self.encodings])

    @cached_property
    def _fold_lookups(self) -> list[CategoryLookups]:
        unknown = [values[-1] for values in self.encodings]
        return [
            CategoryLookups(
                [_map_known(*pair) for pair in zip(self.categories, fold, strict=True)], unknown
            )
            for fold in zip(*self.folds, strict=True)
        ]


class _TargetEncode(Step):
    name = "target_encode"
    sentence = (
        "The mean of the target in the rows of a category, or of several classes the share of each."
    )
    options = (SMOOTHING, FOLDS)
    supervised = True

    def build_estimator(self, options: Options) -> Any:
        from sklearn.model_selection import KFold
        from sklearn.preprocessing import TargetEncoder

        smooth = "auto" if options[SMOOTHING] is None else options[SMOOTHING]
        folds = KFold(options[FOLDS], shuffle=True, random_state=0)
        return TargetEncoder(smooth=smooth, cv=folds, target_type="continuous")

    def set_target_type(self, estimator: Any, classes: int) -> Any:
        return estimator.set_params(target_type="multiclass" if classes > 2 else "continuous")

    def read_replay(self, fitted: Any) -> Replay:
        categories = [[_to_text(value) for value in column] for column in fitted.categories_]
        outputs = _count_outputs(fitted)
        unknown = np.broadcast_to(fitted.target_mean_, (outputs,)).tolist()
        encodings = [
            [*np.transpose(fitted.encodings_[i : i + outputs]).tolist(), unknown]
            for i in range(0, len(fitted.encodings_), outputs)
        ]
        return TargetEncodeReplay(categories, encodings, [[] for _ in categories])

    def add_cross_fit(
        self, fitted: Any, replay: Any, inputs: Any, y: Array, training_indices: RowIndices
    ) -> Replay:
        from sklearn.base import clone
        from sklearn.model_selection import PredefinedSplit

        count = fitted.cv.n_splits
        rows = training_indices.max() + 1
        if rows < count:
            raise UserError(
                f"step '{self.name}' has {count} folds, and there are {rows} different rows",
                remedy="Ask for fewer 'folds'",
            )
        folds = training_indices % count
        features = clone(fitted).set_params(cv=PredefinedSplit(folds)).fit_transform(inputs, y)
        outputs, texts = _count_outputs(fitted), np.asarray(inputs, dtype=object)
        encodings = []
        for index, names in enumerate(replay.categories):
            encoded = features[:, index * outputs : (index + 1) * outputs].tolist()
            pairs = dict(
                zip(zip(folds.tolist(), texts[:, index], strict=True), encoded, strict=True)
            )
            encodings.append([[pairs.get((fold, name)) for name in names] for fold in range(count)])
        cross_fitted: Replay = replace(replay, folds=encodings)
        return cross_fitted

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return TargetEncodeReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in range(_count_outputs(fitted))]


def _map_known(
    names: Sequence[str | None], values: Sequence[list[float] | None]
) -> dict[str | None, list[float]]:
    return {
        name: encoding for name, encoding in zip(names, values, strict=True) if encoding is not None
    }


def _count_outputs(fitted: Any) -> int:
    return len(fitted.encodings_) // len(fitted.categories_)


def _to_text(value: object) -> str | None:
    return None if value is None else str(value)


STEP = _TargetEncode()
