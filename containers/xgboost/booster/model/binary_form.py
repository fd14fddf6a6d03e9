"""Reads XGBoost's old binary form, which XGBoost from 0.4 to 2 wrote and 3.2 does not read.

It is the memory of XGBoost's structures, in little-endian byte order: the learner's parameters, the
names of objective and booster, the trees or weights, and text attributes. What is read becomes the
document that XGBoost's UBJSON holds today, so that XGBoost itself loads and checks it. Source:
dmlc/xgboost, release 1.7: src/learner.cc, src/gbm/gbtree_model.h, src/gbm/gblinear_model.h,
include/xgboost/tree_model.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from booster.model import binary_learner, ubjson

MAGIC = b"binf"  # of save_model from 1.0 on; 0.90 and pickles have none
LINEAR = "gblinear"
# Before 1.4 a linear model does not tell them; without any a base score is taken for a margin.
ROUNDS = {"boosted_rounds": 1}

_TREES = np.dtype(
    [("num_trees", "<i4"), ("num_parallel_tree", "<i4"), ("unused", "<i4", 6), ("more", "<i4", 32)]
)
_TREE = np.dtype(
    [
        *((name, "<i4") for name in ("num_roots", "num_nodes", "num_deleted", "max_depth")),
        *(("num_feature", "<i4"), ("size_leaf_vector", "<i4"), ("reserved", "<i4", 31)),
    ]
)
_NODE = np.dtype(
    [
        *(("parent", "<u4"), ("left", "<i4"), ("right", "<i4")),
        *(("split", "<u4"), ("value", "<f4")),
    ]
)
_STATISTICS = np.dtype(
    [("loss_change", "<f4"), ("hessian", "<f4"), ("weight", "<f4"), ("leaf_children", "<i4")]
)
_LINEAR_SIZE = 34 * 4  # bytes of GBLinearModelParam, of which nothing is needed
_FLAG = 1 << 31  # of a parent: this is a left child; of a split: missing values go left
_DELETED = 0xFFFFFFFF


def convert(content: bytes) -> bytes | None:
    """Return the model in UBJSON, or None when the content is not in the old binary form."""
    start = len(MAGIC) if content.startswith(MAGIC) else 0
    try:
        reader = binary_learner.Reader(content, start)
        learner = binary_learner.read_learner(reader)
        booster = _read_booster(reader, learner)
        attributes = binary_learner.read_attributes(reader) if learner.has_attributes else {}
        document = binary_learner.make_document(learner, booster, attributes)
    except ValueError:
        return None
    return ubjson.write(document)


def _read_booster(reader: binary_learner.Reader, learner: binary_learner.Learner) -> dict[str, Any]:
    name, groups = learner.booster, max(learner.classes, 1)
    if name == LINEAR:
        reader.skip(_LINEAR_SIZE)
        weights = reader.read_numbers("<f4")
        _check(len(weights) == (learner.features + 1) * groups)
        return {"name": name, "model": {"weights": weights} | ROUNDS}
    trees, count = _read_trees(reader, learner.features, groups)
    if name == "gbtree":
        return trees
    weights = reader.read_numbers("<f4") if count else np.empty(0, "<f4")
    _check(len(weights) == count)
    return {"name": name, "gbtree": trees, "weight_drop": weights.tolist()}


def _read_trees(
    reader: binary_learner.Reader, features: int, groups: int
) -> tuple[dict[str, Any], int]:
    head = reader.read_array(_TREES, 1)[0]
    count = int(head["num_trees"])
    trees = [_read_tree(reader, number, features) for number in range(count)]
    group_of_tree = reader.read_array("<i4", count)
    _check(np.all((group_of_tree >= 0) & (group_of_tree < groups)))
    parameters = {
        "num_trees": str(count),
        "num_parallel_tree": str(max(int(head["num_parallel_tree"]), 1)),
    }
    model = {
        "gbtree_model_param": parameters,
        "tree_info": group_of_tree.tolist(),
        "trees": trees,
    }
    return {"name": "gbtree", "model": model}, count


def _read_tree(reader: binary_learner.Reader, number: int, features: int) -> dict[str, Any]:
    head = reader.read_array(_TREE, 1)[0]
    count = int(head["num_nodes"])
    nodes, statistics = reader.read_array(_NODE, count), reader.read_array(_STATISTICS, count)
    deleted = nodes["split"] == _DELETED
    splits = (nodes["split"] & (_FLAG - 1)).astype("<i4")
    inner = (nodes["left"] >= 0) & ~deleted
    parents = nodes["parent"] & (_FLAG - 1)
    children = np.concatenate((nodes["left"][inner], nodes["right"][inner]))
    _check(count > 0 and np.all((children > 0) & (children < count)))
    _check(np.all(parents[1:] < count) and np.all(splits[inner] < features))
    parents[0] = _FLAG - 1  # the root has none
    empty = np.empty(0, "<i4")
    return {
        "id": number,
        "tree_param": {
            "num_deleted": str(int(np.count_nonzero(deleted))),
            "num_feature": str(features),
            "num_nodes": str(count),
            "size_leaf_vector": "1",
        },
        "left_children": nodes["left"],
        "right_children": nodes["right"],
        "parents": parents.astype("<i4"),
        "split_indices": splits,
        "split_conditions": nodes["value"],
        "default_left": (nodes["split"] >> 31).astype("u1"),
        "split_type": np.zeros(count, "u1"),
        "categories": empty,
        "categories_nodes": empty,
        "categories_segments": empty.astype("<i8"),
        "categories_sizes": empty.astype("<i8"),
        "loss_changes": statistics["loss_change"],
        "sum_hessian": statistics["hessian"],
        "base_weights": statistics["weight"],
    }


def _check(sound: Any) -> None:
    """Check what XGBoost does not. Raises ValueError when a number points nowhere."""
    if not sound:
        raise ValueError("a damaged model")
