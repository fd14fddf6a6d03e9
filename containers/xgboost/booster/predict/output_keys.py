"""What an answer may hold beside the prediction, each under a key (contract of the built-in image).

The keys of classification and regression are those of `SAGEMAKER_INFERENCE_OUTPUT` (Developer
Guide, "Use Autopilot inference container definitions"). A key that an objective does not have is
NaN. To add a key, write one function and add it to `KEYS`, with the objectives that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booster.model.c_api import Held, Refused
from booster.params.objectives import BY_NAME
from booster.predict.dmatrix_prediction import What, explained
from tandem.data.arrays import FloatArray
from tandem.errors import UserError

_TWO_CLASSES = frozenset({"binary:logistic", "binary:logitraw", "binary:hinge"})
_PROBABLE = frozenset({"binary:logistic", "multi:softprob"})
_LABELLING = frozenset({"multi:softmax"})


@dataclass(frozen=True)
class Scored:
    """Scored rows: `features` of shape (rows, features), `scores` of shape (rows, outputs)."""

    models: Sequence[Held]
    objective: str
    classes: int
    features: NDArray[np.float32]
    scores: NDArray[np.float32]

    @property
    def one(self) -> FloatArray:
        """The score of each row, for objectives that give one."""
        return self.scores[:, 0]


def _predicted_label(rows: Scored) -> FloatArray:
    return BY_NAME[rows.objective].classes(rows.scores).astype(np.float32)


def _labels(rows: Scored) -> FloatArray:
    return np.tile(_all_classes(rows), (len(rows.scores), 1))


def _best(rows: Scored) -> FloatArray:
    return np.asarray(rows.scores.max(axis=1))


def _each(rows: Scored) -> FloatArray:
    if rows.objective in _LABELLING:
        return np.asarray(rows.scores == _all_classes(rows), dtype=np.float32)
    return rows.scores if rows.scores.shape[1] > 1 else np.stack([1 - rows.one, rows.one], axis=1)


def _predicted_score(rows: Scored) -> FloatArray:
    return rows.scores if rows.scores.shape[1] > 1 else rows.one


def _contributions(rows: Scored) -> FloatArray:
    return _mean(_explained(rows, What.CONTRIBUTIONS))


def _interactions(rows: Scored) -> FloatArray:
    return _mean(_explained(rows, What.INTERACTIONS))


def _leaf(rows: Scored) -> FloatArray:
    return np.concatenate(_explained(rows, What.LEAF), axis=1)


def classifies(objective: str) -> bool:
    """Return whether an objective's predictions have a class."""
    return objective in _TWO_CLASSES or objective.startswith("multi:")


def _probable(objective: str) -> bool:
    return objective in _PROBABLE


def _measures(objective: str) -> bool:
    return not classifies(objective)


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class Key:
    """One named output: how it is computed, which objectives have it, and what it is."""

    compute: Callable[[Scored], FloatArray]
    fits: Callable[[str], bool]
    sentence: str


KEYS: Mapping[str, Key] = {
    "predicted_label": Key(
        _predicted_label, classifies, "The class: the likeliest, or by the threshold."
    ),
    "labels": Key(_labels, classifies, "All classes, in the order of the lists below."),
    "probability": Key(_best, _probable, "Of class 1, or of the likeliest of several."),
    "probabilities": Key(_each, _probable, "Of every class, as a list."),
    "raw_score": Key(_best, classifies, "The prediction, or the largest of several."),
    "raw_scores": Key(
        _each,
        classifies,
        "The prediction for every class, as a list; of two classes 1 - p and p, and 0 or 1 for each"
        " where the prediction is the class itself.",
    ),
    "predicted_score": Key(
        _predicted_score, _measures, "The prediction, of several quantiles as a list."
    ),
    "contributions": Key(
        _contributions,
        _always,
        "TreeSHAP: what each feature adds to the margin, and the bias last; they sum up to the"
        " margin. Of several classes one after the other.",
    ),
    "interactions": Key(
        _interactions, _always, "TreeSHAP of pairs, row by row; a row sums up to the contribution."
    ),
    "leaf": Key(_leaf, _always, "The leaf each tree put the row into."),
}


def select(rows: Scored, name: str) -> FloatArray:
    """Return a key's values, shape (rows,) or (rows, values); NaN where the objective has none.

    Raises UserError for an explanation that XGBoost has not for this kind of model.
    """
    key = KEYS[name]
    if not key.fits(rows.objective):
        return np.full(len(rows.scores), np.nan, dtype=np.float32)
    try:
        return key.compute(rows)
    except Refused as error:
        raise UserError(f"a model of this kind has no output {name!r}") from error


def _explained(rows: Scored, what: What) -> list[NDArray[np.float32]]:
    return [explained(model, rows.features, what) for model in rows.models]


def _all_classes(rows: Scored) -> FloatArray:
    return np.arange(max(rows.classes, 2), dtype=np.float32)


def _mean(values: Sequence[NDArray[np.float32]]) -> FloatArray:
    return np.asarray(np.mean(values, axis=0) if len(values) > 1 else values[0])
