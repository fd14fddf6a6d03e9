"""The learner of XGBoost's old binary form: parameters, objective, attributes.

Before 1.0.0 the base score was stored as a margin and an objective without its parameters (source:
dmlc/xgboost, release 1.7, src/learner.cc and src/objective).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

_LEARNER = np.dtype(
    [
        *(("base_score", "<f4"), ("num_feature", "<u4"), ("num_class", "<i4")),
        *(("contain_extra_attrs", "<i4"), ("contain_eval_metrics", "<i4")),
        *(("major", "<u4"), ("minor", "<u4"), ("reserved", "<i4", 27)),
    ]
)
_BOOSTERS = ("gbtree", "dart", "gblinear")
_LONGEST_NAME = 64  # of an objective or a booster
_RENAMED = {"reg:linear": "reg:squarederror", "gpu:reg:linear": "reg:squarederror"}
_LOGISTIC = ("reg:logistic", "binary:logistic")
_RAW = "binary:logitraw"
_FIRST_OF_USERS, _FIRST_RAW = (1, 0), (1, 3)  # versions: before, a base score was a margin; a logit
_DOCUMENT_VERSION = [1, 7, 0]  # whose document this is, with less than XGBoost 3.2 writes
_EXPONENTIAL = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox")
_LOSS = ("reg:squarederror", *_LOGISTIC, _RAW, "reg:gamma")
_PARAMETERS = {
    **dict.fromkeys(_LOSS, "reg_loss_param"),
    **dict.fromkeys(("multi:softmax", "multi:softprob"), "softmax_multiclass_param"),
    **dict.fromkeys(("rank:pairwise", "rank:ndcg", "rank:map"), "lambdarank_param"),
    "count:poisson": "poisson_regression_param",
    "reg:tweedie": "tweedie_regression_param",
    "survival:aft": "aft_loss_param",
    "reg:pseudohubererror": "pseudo_huber_param",
}
# What 1.x kept as attributes of the file, and 0.x of count:poisson; they are none of the model's.
_OBJECTIVE, _NOT_ATTRIBUTES = "objective", ("objective", "metrics", "count_poisson_max_delta_step")


class Reader:
    """Structures and texts, one after the other. Raises ValueError where the content ends."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content = content
        self._position = position

    def skip(self, count: int) -> None:
        """Skip bytes."""
        self._position += count

    def read_array(self, kind: Any, count: int) -> Any:
        """Read a number of values of one type."""
        found = np.dtype(kind)
        if not 0 <= count <= (len(self._content) - self._position) // found.itemsize:
            raise ValueError("the content ends too early")
        values = np.frombuffer(self._content, found, count, self._position)
        self._position += count * found.itemsize
        return values

    def read_numbers(self, kind: str) -> Any:
        """Read values of one type, whose number stands before them."""
        return self.read_array(kind, int(self.read_array("<u8", 1)[0]))

    def read_text(self, longest: int | None = None) -> str:
        """Read a text, whose number of bytes stands before it."""
        content: bytes = self.read_numbers("u1").tobytes()
        if longest is not None and len(content) > longest:
            raise ValueError("too long for a name")
        return content.decode()


class Learner(NamedTuple):
    """The parameters of a model: its sizes, its base score as the file has it, its objective."""

    version: tuple[int, int]
    base_score: float
    features: int
    classes: int
    has_attributes: bool
    objective: str
    booster: str


def read_learner(reader: Reader) -> Learner:
    """Read the parameters. Raises ValueError when the names are none of an XGBoost model."""
    head = reader.read_array(_LEARNER, 1)[0]
    objective, booster = reader.read_text(_LONGEST_NAME), reader.read_text(_LONGEST_NAME)
    if booster not in _BOOSTERS or not objective.isprintable():
        raise ValueError("no booster of XGBoost")
    return Learner(
        (int(head["major"]), int(head["minor"])),
        float(head["base_score"]),
        int(head["num_feature"]),
        int(head["num_class"]),
        bool(head["contain_extra_attrs"]),
        _RENAMED.get(objective, objective),
        booster,
    )


def read_attributes(reader: Reader) -> dict[str, str]:
    """Read the names and values of attributes."""
    count = int(reader.read_array("<u8", 1)[0])
    return {reader.read_text(): reader.read_text() for _ in range(count)}


def make_document(
    learner: Learner, booster: Mapping[str, Any], attributes: Mapping[str, str]
) -> dict[str, Any]:
    """Return the document of a model, as XGBoost's UBJSON has it."""
    kept = {name: text for name, text in attributes.items() if name not in _NOT_ATTRIBUTES}
    parameters = {
        "base_score": repr(float(np.float32(_find_base_score(learner)))),
        "boost_from_average": "1",
        "num_class": str(learner.classes),
        "num_feature": str(learner.features),
        "num_target": "1",
    }
    content = {
        "attributes": kept,
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": dict(booster),
        "learner_model_param": parameters,
        "objective": _make_objective(learner, attributes),
    }
    return {"learner": content, "version": _DOCUMENT_VERSION}


def _find_base_score(learner: Learner) -> float:
    score = np.float32(learner.base_score)
    if learner.version >= _FIRST_OF_USERS:
        if learner.objective == _RAW and learner.version < _FIRST_RAW:
            return float(np.log(score / (1 - score)))
        return float(score)
    if learner.objective in _LOGISTIC:
        return float(1 / (1 + np.exp(-score)))
    return float(np.exp(score)) if learner.objective in _EXPONENTIAL else float(score)


def _make_objective(learner: Learner, attributes: Mapping[str, str]) -> dict[str, Any]:
    written = json.loads(attributes.get(_OBJECTIVE, "{}"))
    objective: dict[str, Any] = written if isinstance(written, dict) else {}
    name = _PARAMETERS.get(learner.objective)
    if name is not None:
        classes = {"num_class": str(learner.classes)} if name.startswith("softmax") else {}
        objective = {name: classes} | objective
    return objective | {"name": learner.objective}
