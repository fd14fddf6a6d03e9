"""A baseline of few rows, where the user gave none: the rows nearest to the centers of clusters.

Source: Developer Guide, "SHAP Baselines for Explainability": k-means for numbers, k-prototypes
where there are categories. Numbers are scaled by their standard deviation, and a category that
differs counts as one standard deviation (Huang, 1998, with gamma 1). A center is replaced by the
nearest row: a mean of rows need not be a row that a model knows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tandem.data.arrays import FloatArray

_CLUSTERS = 12
# Rows that are clustered at most: the baseline of a large data set is that of a sample.
_MOST_ROWS = 20_000


def make_baseline(features: pd.DataFrame, clusters: int | None, seed: int | None) -> pd.DataFrame:
    """Return a row of the features for each cluster."""
    from sklearn.cluster import KMeans

    distinct = features.drop_duplicates()
    rng = np.random.default_rng(seed)
    if len(distinct) > _MOST_ROWS:
        distinct = distinct.iloc[np.sort(rng.choice(len(distinct), _MOST_ROWS, replace=False))]
    count = min(clusters or _CLUSTERS, len(distinct))
    places = _place_rows(distinct)
    fitted = KMeans(count, n_init=1, random_state=int(rng.integers(2**31))).fit(places)
    distances = fitted.transform(places)
    nearest = np.unique(distances.argmin(axis=0))
    return distinct.iloc[nearest].reset_index(drop=True)


def _place_rows(features: pd.DataFrame) -> FloatArray:
    """Return points of shape (rows, dimensions) whose distances are those of the rows."""
    parts: list[FloatArray] = []
    for name in features.columns:
        column = features[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            middle = np.nanmean(numbers) if np.isfinite(numbers).any() else 0.0
            filled = np.where(np.isfinite(numbers), numbers, middle)
            parts.append(((filled - middle) / (filled.std() or 1.0))[:, None])
        else:
            codes, values = pd.factorize(column.astype(str))
            # Two different categories are the square root of 2 times this factor apart.
            parts.append(np.eye(len(values))[codes] / np.sqrt(2))
    return np.concatenate(parts, axis=1)
