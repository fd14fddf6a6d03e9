"""Selectable outputs beside the prediction, by key (contract of the built-in image).

The keys of classification and regression are those of `SAGEMAKER_INFERENCE_OUTPUT` (Developer
Guide, "Use Autopilot inference container definitions"). A key that an objective does not have is
NaN. To add a key, write one function and add it to `KEYS`, with the objectives that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booster.model.c_api import BoosterHandle, LibraryError
from booster.params.objectives import BY_NAME
from booster.predict.dmatrix_prediction import PredictType, predict_dmatrix
from tandem.data.arrays import FloatArray
from tandem.errors import UserError

_TWO_CLASSES = frozenset({"binary:logistic", "binary:logitraw", "binary:hinge"})
_WITH_PROBABILITIES = frozenset({"binary:logistic", "multi:softprob"})
_LABELLING = frozenset({"multi:softmax"})


@dataclass(frozen=True)
class ScoredRows:
    """Scored rows: `features` of shape (rows, features), `scores` of shape (rows, outputs)."""

    models: Sequence[BoosterHandle]
    objective: str
    classes: int
    features: NDArray[np.float32]
    scores: NDArray[np.float32]

    @property
    def first_scores(self) -> FloatArray:
        """The first score of each row, shape (rows,), for objectives with one output."""
        return self.scores[:, 0]


def _choose_label(rows: ScoredRows) -> FloatArray:
    return BY_NAME[rows.objective].to_classes(rows.scores).astype(np.float32)


def _list_labels(rows: ScoredRows) -> FloatArray:
    return np.tile(_list_classes(rows), (len(rows.scores), 1))


def _find_best_score(rows: ScoredRows) -> FloatArray:
    return np.asarray(rows.scores.max(axis=1))


def _score_each_class(rows: ScoredRows) -> FloatArray:
    if rows.objective in _LABELLING:
        return np.asarray(rows.scores == _list_classes(rows), dtype=np.float32)
    return (
        rows.scores
        if rows.scores.shape[1] > 1
        else np.stack([1 - rows.first_scores, rows.first_scores], axis=1)
    )


def _select_score(rows: ScoredRows) -> FloatArray:
    return rows.scores if rows.scores.shape[1] > 1 else rows.first_scores


def _compute_contributions(rows: ScoredRows) -> FloatArray:
    return _average(_explain(rows, PredictType.CONTRIBUTIONS))


def _compute_interactions(rows: ScoredRows) -> FloatArray:
    return _average(_explain(rows, PredictType.INTERACTIONS))


def _find_leaves(rows: ScoredRows) -> FloatArray:
    return np.concatenate(_explain(rows, PredictType.LEAF), axis=1)


def is_classification(objective: str) -> bool:
    """Return whether an objective's predictions have a class."""
    return objective in _TWO_CLASSES or objective.startswith("multi:")


def _has_probabilities(objective: str) -> bool:
    return objective in _WITH_PROBABILITIES


def _is_regression(objective: str) -> bool:
    return not is_classification(objective)


def _fits_all(_: str) -> bool:
    return True


@dataclass(frozen=True)
class OutputKey:
    """A selectable output: its function, the objectives that have it, and its description."""

    compute: Callable[[ScoredRows], FloatArray]
    fits: Callable[[str], bool]
    sentence: str


KEYS: Mapping[str, OutputKey] = {
    "predicted_label": OutputKey(
        _choose_label, is_classification, "The class: the likeliest, or by the threshold."
    ),
    "labels": OutputKey(
        _list_labels, is_classification, "All classes, in the order of the lists below."
    ),
    "probability": OutputKey(
        _find_best_score, _has_probabilities, "Of class 1, or of the likeliest of several."
    ),
    "probabilities": OutputKey(_score_each_class, _has_probabilities, "Of every class, as a list."),
    "raw_score": OutputKey(
        _find_best_score, is_classification, "The prediction, or the largest of several."
    ),
    "raw_scores": OutputKey(
        _score_each_class,
        is_classification,
        "The prediction for every class, as a list; of two classes 1 - p and p, and 0 or 1 for each"
        " where the prediction is the class itself.",
    ),
    "predicted_score": OutputKey(
        _select_score, _is_regression, "The prediction, of several quantiles as a list."
    ),
    "contributions": OutputKey(
        _compute_contributions,
        _fits_all,
        "TreeSHAP: what each feature adds to the margin, and the bias last; they sum up to the"
        " margin. Of several classes one after the other.",
    ),
    "interactions": OutputKey(
        _compute_interactions,
        _fits_all,
        "TreeSHAP of pairs, row by row; a row sums up to the contribution.",
    ),
    "leaf": OutputKey(_find_leaves, _fits_all, "The leaf each tree put the row into."),
}


def compute_output(rows: ScoredRows, name: str) -> FloatArray:
    """Return a key's values, shape (rows,) or (rows, values); NaN where the objective has none.

    Raises UserError when XGBoost has no such explanation for this kind of model.
    """
    key = KEYS[name]
    if not key.fits(rows.objective):
        return np.full(len(rows.scores), np.nan, dtype=np.float32)
    try:
        return key.compute(rows)
    except LibraryError as error:
        raise UserError(f"a model of this kind has no output {name!r}") from error


def _explain(rows: ScoredRows, predict_type: PredictType) -> list[NDArray[np.float32]]:
    return [predict_dmatrix(model, rows.features, predict_type) for model in rows.models]


def _list_classes(rows: ScoredRows) -> FloatArray:
    return np.arange(max(rows.classes, 2), dtype=np.float32)


def _average(values: Sequence[NDArray[np.float32]]) -> FloatArray:
    return np.asarray(np.mean(values, axis=0) if len(values) > 1 else values[0])
