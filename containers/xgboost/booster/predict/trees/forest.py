"""A model's trees as arrays that are fast to traverse.

Nodes keep the order of the model, 8 bytes each. A row is passed to them twice, with its missing
values low and with them high, so that a node's default direction is an index into it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NODE: Final = np.dtype([("threshold", "f4"), ("feature", "u2"), ("left", "u2")])
TREE: Final = np.dtype([("start", "u4"), ("depth", "u2"), ("output", "u2")])
_MAX_INDEX = 1 << 16  # indices of 16 bits
_IDENTITY, _LOGISTIC, _EXPONENTIAL, _SOFTMAX = range(4)  # as in native_predictor.c
# The link that turns margins into predictions. To add an objective, add it here.
LINKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror"), _IDENTITY),
    **dict.fromkeys(("reg:absoluteerror", "reg:quantileerror", "binary:logitraw"), _IDENTITY),
    **dict.fromkeys(("rank:ndcg", "rank:map", "rank:pairwise"), _IDENTITY),
    **dict.fromkeys(("binary:logistic", "reg:logistic"), _LOGISTIC),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), _EXPONENTIAL),
    **dict.fromkeys(("survival:cox", "survival:aft"), _EXPONENTIAL),
    "multi:softprob": _SOFTMAX,
}


class UnsupportedForest(Exception):
    """The reason why XGBoost itself must predict with a model."""


@dataclass(frozen=True)
class Forest:
    """The trees as arrays, the base score of each output, and the link of the objective."""

    nodes: NDArray[np.void]
    weights: NDArray[np.float32]
    trees: NDArray[np.void]
    base: NDArray[np.float32]
    features: int
    link: int


def build_forest(learner: Mapping[str, Any]) -> Forest:
    """Return the trees of a model in XGBoost's schema.

    Raises UnsupportedForest when the native predictor cannot give XGBoost's bits.
    """
    param, booster = learner["learner_model_param"], learner["gradient_booster"]
    objective, features = learner["objective"]["name"], int(param["num_feature"])
    if booster["name"] != "gbtree":
        raise UnsupportedForest(f"its booster is {booster['name']}")
    if objective not in LINKS:
        raise UnsupportedForest(f"its objective is {objective}")
    model = booster["model"]
    nodes, weights, trees = _arrange_nodes(model["trees"], features)
    trees["output"] = model["tree_info"]
    base = np.ravel(np.float32(json.loads(param["base_score"])))
    outputs = max(int(param["num_class"]), int(param["num_target"]), 1)
    start = np.ascontiguousarray(np.broadcast_to(base, (outputs,)))
    return Forest(nodes, weights, trees, start, features, LINKS[objective])


def _arrange_nodes(
    trees: Sequence[Mapping[str, Any]], features: int
) -> tuple[NDArray[np.void], NDArray[np.float32], NDArray[np.void]]:
    sizes = np.array([len(tree["left_children"]) for tree in trees])
    if not len(trees) or max(2 * features, int(sizes.max())) > _MAX_INDEX:
        raise UnsupportedForest("it has no trees, or too many features or nodes in a tree")
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        raise UnsupportedForest("its trees have several outputs")
    left = _concatenate(trees, "left_children", np.int32)
    split = left >= 0
    condition = _concatenate(trees, "split_conditions", np.float32)
    if _concatenate(trees, "split_type", np.int8)[split].any():
        raise UnsupportedForest("some of its features are categories")
    if not (condition[split] > -np.inf).all():
        raise UnsupportedForest("it has a threshold that is no number")
    if (_concatenate(trees, "right_children", np.int32)[split] != left[split] + 1).any():
        raise UnsupportedForest("the nodes of its trees are in another order")
    starts = np.cumsum(sizes) - sizes
    begin = np.repeat(starts, sizes)
    high = _concatenate(trees, "default_left", np.int8) == 0
    feature = _concatenate(trees, "split_indices", np.int32) + high * features
    nodes = np.empty(len(left), NODE)
    nodes["threshold"] = np.where(split, condition, np.nan)
    nodes["feature"] = np.where(split, feature, 0)
    nodes["left"] = np.where(split, left, np.arange(len(left)) - begin)
    arranged = np.empty(len(trees), TREE)
    arranged["start"], arranged["depth"] = (
        starts,
        _count_depths(np.where(split, left + begin, -1), starts),
    )
    return nodes, np.where(split, 0, condition), arranged


def _concatenate(
    trees: Sequence[Mapping[str, Any]], name: str, kind: type[np.generic]
) -> NDArray[Any]:
    return np.concatenate([tree[name] for tree in trees]).astype(kind)


def _count_depths(left: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return the number of splits to each tree's deepest leaf; `left` is -1 for a leaf."""
    depths = np.zeros(len(starts), np.int32)
    at, tree = starts, np.arange(len(starts))
    while len(at):
        inner = left[at] >= 0
        at, tree = left[at[inner]], tree[inner]
        depths[tree] += 1  # once a tree, however often it is named
        at, tree = np.concatenate([at, at + 1]), np.concatenate([tree, tree])
    return depths
