"""The nodes of a model's trees as arrays that are fast to traverse.

Nodes keep the order of the model, 8 bytes each. A row is passed to them twice, with its missing
values low and with them high, so that a node's default direction is an index into it. A node that
splits categories has the index of a set of bits in the place of its threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NODE: Final = np.dtype([("threshold", "f4"), ("feature", "u2"), ("left", "u2")])
TREE: Final = np.dtype([("start", "u4"), ("depth", "u2"), ("output", "u2")])
SET: Final = np.dtype([("start", "u4"), ("words", "u4")])
_MAX_INDEX = 1 << 16  # indices of 16 bits
# A quiet NaN, whose lower bits are the number of a set, from 1.
_NAN, _MAX_SETS = 0x7FC00000, 1 << 22
_MAX_CODE = 1 << 24  # as in XGBoost: what float32 counts exactly
# Nodes that are arranged at a time, which needs several times their memory.
_NODES = 1 << 17

Tree = Mapping[str, Any]


class UnsupportedForest(Exception):
    """The reason why XGBoost itself must predict with a model."""


@dataclass(frozen=True)
class CategorySets:
    """Sets of categories as bits: those of `nodes` go to the right. `sets` are places in `bits`."""

    sets: NDArray[np.void]
    bits: NDArray[np.uint32]


Arrays = tuple[NDArray[np.void], NDArray[np.float32], NDArray[np.void], CategorySets]


def arrange_trees(trees: Sequence[Tree], features: int) -> Arrays:
    """Return nodes, their weights, trees and sets of categories; a tree's output is not set.

    Raises UnsupportedForest when they do not fit into these arrays.
    """
    sizes = np.array([len(tree["left_children"]) for tree in trees])
    if not len(trees) or max(2 * features, int(sizes.max())) > _MAX_INDEX:
        raise UnsupportedForest("it has no trees, or too many features or nodes in a tree")
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        raise UnsupportedForest("its trees have several outputs")
    sets = _gather_sets(trees)
    starts = np.cumsum(sizes) - sizes
    nodes, weights = np.empty(sizes.sum(), NODE), np.empty(sizes.sum(), np.float32)
    arranged = np.empty(len(trees), TREE)
    arranged["start"] = starts
    first_set = 1
    for group in _group_trees(sizes):
        part = slice(starts[group.start], starts[group.stop - 1] + sizes[group.stop - 1])
        own = _arrange_nodes(trees[group], sizes[group], features, first_set)
        nodes[part], weights[part], arranged["depth"][group], count = own
        first_set += count
    return nodes, weights, arranged, sets


def _group_trees(sizes: NDArray[np.intp]) -> Iterator[slice]:
    """Yield slices of trees of about `_NODES` nodes."""
    groups = (np.cumsum(sizes) - 1) // _NODES
    borders = np.flatnonzero(np.diff(groups, prepend=-1, append=groups[-1] + 1))
    return map(slice, borders[:-1].tolist(), borders[1:].tolist())


def _arrange_nodes(
    trees: Sequence[Tree], sizes: NDArray[np.intp], features: int, first_set: int
) -> tuple[NDArray[np.void], NDArray[np.float32], NDArray[np.int32], int]:
    """Return nodes, weights, each tree's depth, and how many of the nodes split categories."""
    left = _concatenate(trees, "left_children", np.int32)
    split = left >= 0
    condition = _concatenate(trees, "split_conditions", np.float32)
    categorical = split & (_concatenate(trees, "split_type", np.int8) != 0)
    if not (condition[split & ~categorical] > -np.inf).all():
        raise UnsupportedForest("it has a threshold that is no number")
    if (_concatenate(trees, "right_children", np.int32)[split] != left[split] + 1).any():
        raise UnsupportedForest("the nodes of its trees are in another order")
    starts = np.cumsum(sizes) - sizes
    begin = np.repeat(starts, sizes)
    high = _concatenate(trees, "default_left", np.int8) == 0
    feature = _concatenate(trees, "split_indices", np.int32) + high * features
    threshold = np.where(split, condition, np.float32(np.nan)).view(np.uint32)
    threshold[~split] = _NAN
    count = int(np.count_nonzero(categorical))
    threshold[categorical] = _NAN + first_set + np.arange(count)
    nodes = np.empty(len(left), NODE)
    nodes["threshold"] = threshold.view(np.float32)
    nodes["feature"] = np.where(split, feature, 0)
    nodes["left"] = np.where(split, left, np.arange(len(left)) - begin)
    depths = _count_depths(np.where(split, left + begin, -1), starts)
    return nodes, np.where(split, 0, condition), depths, count


def _gather_sets(trees: Sequence[Tree]) -> CategorySets:
    """Return the sets of the nodes that split categories, in the order of these nodes."""
    sets, words = [], [np.empty(0, np.uint32)]
    start = 0
    for tree in trees:
        split = np.asarray(tree["split_type"]).astype(np.int8) != 0
        split &= np.asarray(tree["left_children"]).astype(np.int32) >= 0
        if not split.any():
            continue
        places, begins, counts, every = (
            np.asarray(tree[f"categories{name}"]).astype(np.int64)
            for name in ("_nodes", "_segments", "_sizes", "")
        )
        owned = {node: every[b : b + n] for node, b, n in zip(places, begins, counts, strict=True)}
        for node in np.flatnonzero(split):
            bits = _set_bits(owned[node])
            sets.append((start, len(bits)))
            words.append(bits)
            start += len(bits)
    if len(sets) >= _MAX_SETS:
        raise UnsupportedForest("too many of its nodes split categories")
    return CategorySets(np.array(sets, dtype=SET), np.concatenate(words))


def _set_bits(codes: NDArray[np.int64]) -> NDArray[np.uint32]:
    if len(codes) and not 0 <= codes.min() <= codes.max() < _MAX_CODE:
        raise UnsupportedForest("it has a category whose code is out of range")
    bits = np.zeros(32 * (int(codes.max(initial=-1)) // 32 + 1), dtype=np.uint8)
    bits[codes] = 1
    return np.packbits(bits, bitorder="little").view("<u4")


def find_sets(nodes: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the index of each node's set, -1 for one that splits numbers and for a leaf."""
    indices: NDArray[np.int64] = nodes["threshold"].view(np.uint32).astype(np.int64) - _NAN - 1
    return np.where((indices >= 0) & (indices < _MAX_SETS), indices, -1)


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
