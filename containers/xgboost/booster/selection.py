"""What an answer may hold beside the prediction, each under a key (contract of the built-in image).

The keys of classification and regression are those of `SAGEMAKER_INFERENCE_OUTPUT` (Developer
Guide, "Use Autopilot inference container definitions"). A key that an objective does not have is
NaN. To add a key, write one function and add it to `KEYS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.objectives import BY_NAME

Floats = NDArray[np.floating[Any]]

_TWO_CLASSES = frozenset({"binary:logistic", "binary:logitraw", "binary:hinge"})


@dataclass(frozen=True)
class Scored:
    """Scored rows: `features` of shape (rows, features), `scores` of shape (rows, outputs)."""

    boosters: Sequence[xgb.Booster]
    objective: str
    classes: int
    features: NDArray[np.float32]
    scores: NDArray[np.float32]

    @cached_property
    def matrix(self) -> xgb.DMatrix:
        """The rows as XGBoost's explanations want them."""
        return xgb.DMatrix(self.features)

    @property
    def one(self) -> Floats:
        """The score of each row, for objectives that give one."""
        return self.scores[:, 0]


def _predicted_label(rows: Scored) -> Floats | None:
    if not _classifies(rows):
        return None
    return BY_NAME[rows.objective].classes(rows.scores).astype(np.float32)


def _labels(rows: Scored) -> Floats | None:
    if rows.objective in _TWO_CLASSES or rows.objective.startswith("multi:"):
        return np.tile(np.arange(max(rows.classes, 2), dtype=np.float32), (len(rows.scores), 1))
    return None


def _probability(rows: Scored) -> Floats | None:
    return rows.scores.max(axis=1) if rows.objective in _PROBABILITIES else None


def _probabilities(rows: Scored) -> Floats | None:
    return _all_scores(rows) if rows.objective in _PROBABILITIES else None


def _raw_score(rows: Scored) -> Floats | None:
    return rows.scores.max(axis=1) if _classifies(rows) else None


def _raw_scores(rows: Scored) -> Floats | None:
    return _all_scores(rows) if _classifies(rows) else None


def _predicted_score(rows: Scored) -> Floats | None:
    return None if _classifies(rows) else rows.one


def _contributions(rows: Scored) -> Floats:
    return _mean([_told(b, rows, pred_contribs=True) for b in rows.boosters])


def _interactions(rows: Scored) -> Floats:
    return _mean([_told(b, rows, pred_interactions=True) for b in rows.boosters])


def _leaf(rows: Scored) -> Floats:
    leaves = [_flat(_told(b, rows, pred_leaf=True)) for b in rows.boosters]
    return np.concatenate(leaves, axis=1)


_PROBABILITIES = frozenset({"binary:logistic", "multi:softprob"})


@dataclass(frozen=True)
class Key:
    """One named output: how it is computed, and what it is."""

    compute: Callable[[Scored], Floats | None]
    sentence: str


KEYS: Mapping[str, Key] = {
    "predicted_label": Key(_predicted_label, "The class: the likeliest, or by the threshold."),
    "labels": Key(_labels, "All classes, in the order of the lists below."),
    "probability": Key(_probability, "Of class 1, or of the likeliest of several."),
    "probabilities": Key(_probabilities, "Of every class, as a list."),
    "raw_score": Key(_raw_score, "The prediction, or the largest of several."),
    "raw_scores": Key(_raw_scores, "The prediction for every class, as a list."),
    "predicted_score": Key(_predicted_score, "The prediction of a regression."),
    "contributions": Key(
        _contributions,
        "TreeSHAP: what each feature adds to the margin, and the bias last; they sum up to the"
        " margin. Of several classes one after the other.",
    ),
    "interactions": Key(
        _interactions, "TreeSHAP of pairs, row by row; a row sums up to the contribution."
    ),
    "leaf": Key(_leaf, "The leaf each tree put the row into."),
}


def select(rows: Scored, key: str) -> Floats:
    """Give a key's values, shape (rows,) or (rows, values); NaN where the objective has none."""
    found = KEYS[key].compute(rows)
    return np.full(len(rows.scores), np.nan, dtype=np.float32) if found is None else found


def _classifies(rows: Scored) -> bool:
    return rows.objective in _TWO_CLASSES or rows.objective.startswith("multi:")


def _all_scores(rows: Scored) -> Floats:
    return rows.scores if rows.scores.shape[1] > 1 else np.stack([1 - rows.one, rows.one], axis=1)


def _told(booster: xgb.Booster, rows: Scored, **what: bool) -> NDArray[Any]:
    # The schema has put the columns in order, and XGBoost would want their names again.
    return np.asarray(booster.predict(rows.matrix, validate_features=False, **what))


def _mean(values: Sequence[NDArray[Any]]) -> Floats:
    return _flat(np.mean(values, axis=0) if len(values) > 1 else values[0])


def _flat(values: NDArray[Any]) -> Floats:
    return np.asarray(values, dtype=np.float32).reshape(len(values), -1)
