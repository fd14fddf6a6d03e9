"""A model's trees as arrays that are fast to traverse, and the link of its objective."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from booster.predict.trees.tree_arrays import CategorySets, UnsupportedForest, arrange_trees

# As in native_predictor.c.
_IDENTITY, _LOGISTIC, _EXPONENTIAL, _SOFTMAX, _CLASS, _HINGE = range(6)
# The link that turns margins into predictions. To add an objective, add it here.
LINKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror"), _IDENTITY),
    **dict.fromkeys(("reg:absoluteerror", "reg:quantileerror", "binary:logitraw"), _IDENTITY),
    **dict.fromkeys(("rank:ndcg", "rank:map", "rank:pairwise"), _IDENTITY),
    **dict.fromkeys(("binary:logistic", "reg:logistic"), _LOGISTIC),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), _EXPONENTIAL),
    **dict.fromkeys(("survival:cox", "survival:aft"), _EXPONENTIAL),
    "multi:softprob": _SOFTMAX,
    "multi:softmax": _CLASS,
    "binary:hinge": _HINGE,
}


@dataclass(frozen=True)
class Forest:
    """The trees as arrays, the base score of each output, and the link of the objective."""

    nodes: NDArray[np.void]
    weights: NDArray[np.float32]
    trees: NDArray[np.void]
    sets: CategorySets
    base: NDArray[np.float32]
    features: int
    link: int

    @property
    def outputs(self) -> int:
        """The number of predictions a row: the class alone, or one for each base score."""
        return 1 if self.link == _CLASS else len(self.base)


def build_forest(learner: Mapping[str, Any], rounds: int | None = None) -> Forest:
    """Return the trees of a model in XGBoost's schema, those of the first `rounds` alone.

    Raises UnsupportedForest when the native predictor cannot give XGBoost's bits.
    """
    param, booster = learner["learner_model_param"], learner["gradient_booster"]
    objective, features = learner["objective"]["name"], int(param["num_feature"])
    if booster["name"] != "gbtree":
        raise UnsupportedForest(f"its booster is {booster['name']}")
    if objective not in LINKS:
        raise UnsupportedForest(f"its objective is {objective}")
    model = booster["model"]
    end = None if rounds is None else int(model["iteration_indptr"][rounds])
    nodes, weights, trees, sets = arrange_trees(model["trees"][:end], features)
    trees["output"] = model["tree_info"][:end]
    base = np.ravel(np.float32(json.loads(param["base_score"])))
    outputs = max(int(param["num_class"]), int(param["num_target"]), 1)
    start = np.ascontiguousarray(np.broadcast_to(base, (outputs,)))
    return Forest(nodes, weights, trees, sets, start, features, LINKS[objective])
