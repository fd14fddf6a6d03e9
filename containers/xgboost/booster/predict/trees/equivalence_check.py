"""Checks that the native predictor gives XGBoost's bits for a model, before it serves.

The tests hold that for models of every kind. What they cannot know is the processor, the C library
and the version of XGBoost at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from booster.predict.trees.forest import Forest
from booster.predict.trees.tree_arrays import find_sets
from tandem.data.arrays import Float32Array

Predictor = Callable[[Float32Array], Float32Array]
_ROWS = 48
# Of a larger model about so many nodes give the values of the rows.
_NODES = 1 << 17


def predictors_agree(forest: Forest, native: Predictor, other: Predictor) -> bool:
    """Return whether predictors agree on rows near thresholds, all at once and one at a time."""
    rows = sample_rows(forest)
    expected = other(rows).tobytes()
    alone = b"".join(native(rows[place : place + 1]).tobytes() for place in range(len(rows)))
    return native(rows).tobytes() == alone == expected


def sample_rows(forest: Forest) -> Float32Array:
    """Return rows, shape (48, features), of thresholds, their neighbours and missing values."""
    rows = np.full((_ROWS, forest.features), np.nan, dtype=np.float32)
    nodes = forest.nodes[:: max(1, len(forest.nodes) // _NODES)]
    split = ~np.isnan(nodes["threshold"])
    feature = nodes["feature"][split].astype(np.intp) % forest.features
    order = np.argsort(feature, kind="stable")
    values, counts = nodes["threshold"][split][order], np.bincount(feature)
    ends = np.cumsum(counts)
    for place in np.flatnonzero(counts):
        own = values[ends[place] - counts[place] : ends[place]]
        rows[:, place] = np.resize(own[:: max(1, len(own) // _ROWS)], _ROWS)
    for feature_place, codes in _list_codes(nodes, forest):
        rows[:, feature_place] = np.resize(np.arange(codes)[:: max(1, codes // _ROWS)], _ROWS)
    return _perturb(rows)


def _list_codes(nodes: NDArray[np.void], forest: Forest) -> Iterator[tuple[int, int]]:
    """Yield the features that are categories, and one more code than their sets have."""
    indices = find_sets(nodes)
    chosen = indices >= 0
    feature = nodes["feature"][chosen].astype(np.intp) % forest.features
    words = forest.sets.sets["words"][indices[chosen]]
    for place in np.unique(feature):
        yield int(place), 32 * int(words[feature == place].max()) + 1


def _perturb(rows: Float32Array) -> Float32Array:
    """Keep a quarter of the values, move two quarters up or down by one float, drop the fourth."""
    kind = np.add.outer(np.arange(len(rows)), np.arange(rows.shape[1]) * 7) // 3 % 4
    up, down = (np.nextafter(rows, np.float32(to)) for to in (np.inf, -np.inf))
    return np.ascontiguousarray(np.choose(kind, [rows, up, down, np.float32(np.nan)]))
