"""The flip test: compare rows of the facet with their nearest neighbors outside of it."""

from __future__ import annotations

import numpy as np

from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.compared_groups import ComparedGroups

_NEIGHBORS = 5
# With fewer rows outside the facet a row is compared with its one nearest neighbor.
_MIN_ROWS = 10


def compute_flip_test(groups: ComparedGroups) -> float:
    """Return the share of the facet's rows that are favored over their neighbors, net.

    A k-nearest-neighbors classifier of the rows outside the facet predicts the rows inside. Raises
    `UndefinedBias` when a feature is not numeric or has missing values.
    """
    from sklearn.neighbors import KNeighborsClassifier

    groups.check_both()
    features = groups.features
    if features is None or not features.shape[1]:
        raise UndefinedBias("no features besides facet and label")
    others = features.select_dtypes(exclude=["number", "bool"]).columns
    if len(others):
        raise UndefinedBias(f"the flip test takes numeric features alone, not {others[0]!r}")
    rows = features.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(rows).any():
        raise UndefinedBias("the flip test takes no missing values")
    outside = ~groups.facet
    neighbors = _NEIGHBORS if int(outside.sum()) >= _MIN_ROWS else 1
    classifier = KNeighborsClassifier(n_neighbors=neighbors)
    classifier.fit(rows[outside], groups.predictions[outside])
    expected = np.asarray(classifier.predict(rows[groups.facet]), dtype=np.bool_)
    actual = groups.predictions[groups.facet]
    flips = int((actual & ~expected).sum()) - int((~actual & expected).sum())
    return flips / len(actual)
