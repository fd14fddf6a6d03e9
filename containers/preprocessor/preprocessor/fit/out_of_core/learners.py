"""How each estimator learns from values with counts.

An estimator is first fitted to the distinct values, each once. If it depends on nothing else, it is
done; if counts matter, a learner corrects its fitted attributes by the arithmetic of scikit-learn.
An estimator that is not in `LEARNERS` is fitted to rows instead. To add one, add a line; a test
compares each with scikit-learn's fit to the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from preprocessor.fit.out_of_core.value_counts import ValueCounts

Columns = Sequence[ValueCounts]
Learner = Callable[[Any, Columns], None]


def name_estimator(estimator: Any) -> str:
    """Return the key of an estimator: its top package and its class."""
    kind = type(estimator)
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def _learn_nothing_more(_fitted: Any, _columns: Columns) -> None:
    """Do nothing: the estimator depends only on the distinct values."""


def _learn_imputer(fitted: Any, columns: Columns) -> None:
    find = {"mean": _find_mean, "median": _find_median, "most_frequent": _find_mode}.get(
        fitted.strategy
    )
    if find is None:
        return
    for index, column in enumerate(columns):
        values = column.texts() if fitted.missing_values is None else column.numbers()
        if len(values):
            fitted.statistics_[index] = find(values)


def _find_mean(values: Any) -> float:
    return float(values.mean)


def _find_median(values: Any) -> float:
    return float(values.median)


def _find_mode(values: Any) -> Any:
    if isinstance(values, dict):
        highest = max(values.values())
        return min(text for text, count in values.items() if count == highest)
    return values.values[np.argmax(values.counts)]


def _learn_clipper(fitted: Any, columns: Columns) -> None:
    for limits, limit, share in (
        (fitted.low_, fitted.low, fitted.low_quantile),
        (fitted.high_, fitted.high, fitted.high_quantile),
    ):
        if limit is not None or share is None:
            continue
        for index, column in enumerate(columns):
            values = column.numbers()
            if len(values):
                limits[index] = values.quantiles(np.array([share]))[0]


def _learn_standard_scaler(fitted: Any, columns: Columns) -> None:
    for index, column in enumerate(columns):
        alone = _fit_alone(fitted, column)
        for name in ("mean_", "var_", "scale_"):
            getattr(fitted, name)[index] = getattr(alone, name)[0]


def _learn_robust_scaler(fitted: Any, columns: Columns) -> None:
    from sklearn.base import clone

    points = np.full((5, len(columns)), np.nan)
    for index, column in enumerate(columns):
        values = column.numbers()
        if len(values):
            low, high = values.quantiles(np.array(fitted.quantile_range) / 100)
            points[:, index] = (low, low, values.median, high, high)
    # Of five points, the second and the fourth are the quartiles.
    small = clone(fitted).set_params(quantile_range=(25.0, 75.0)).fit(points)
    fitted.center_, fitted.scale_ = small.center_, small.scale_


def _learn_quantiles(fitted: Any, columns: Columns) -> None:
    quantile_count = max(1, min(fitted.n_quantiles, columns[0].rows))
    fitted.n_quantiles_ = quantile_count
    fitted.references_ = np.linspace(0, 1, quantile_count, endpoint=True)
    quantiles = np.full((quantile_count, len(columns)), np.nan)
    for index, column in enumerate(columns):
        values = column.numbers()
        if len(values):
            quantiles[:, index] = values.quantiles(fitted.references_ * 100 / 100)
    fitted.quantiles_ = quantiles


def _learn_bins(fitted: Any, columns: Columns) -> None:
    if fitted.strategy == "uniform":
        return
    for index, column in enumerate(columns):
        alone = _fit_alone(fitted, column)
        fitted.bin_edges_[index], fitted.n_bins_[index] = alone.bin_edges_[0], alone.n_bins_[0]
    if "onehot" in fitted.encode:
        from sklearn.base import clone

        categories = [np.arange(bins) for bins in fitted.n_bins_]
        encoder = clone(fitted._encoder).set_params(categories=categories)  # noqa: SLF001 - no public name
        fitted._encoder = encoder.fit(np.zeros((1, len(columns))))  # noqa: SLF001


def _learn_onehot(fitted: Any, columns: Columns) -> None:
    if fitted.min_frequency is None and fitted.max_categories is None:
        return
    counts = []
    missing_indices: dict[int, int] = {}
    for index, (categories, column) in enumerate(zip(fitted.categories_, columns, strict=True)):
        texts = column.texts()
        missing = column.rows - sum(texts.values())
        counts.append(np.array([texts.get(value, missing) for value in categories]))
        nothing = [at for at, value in enumerate(categories) if not isinstance(value, str)]
        if nothing:
            missing_indices[index] = nothing[0]
    # scikit-learn has no public name for either.
    fitted._fit_infrequent_category_mapping(columns[0].rows, counts, missing_indices)  # noqa: SLF001
    fitted._n_features_outs = fitted._compute_n_features_outs()  # noqa: SLF001


def _learn_rare(fitted: Any, columns: Columns) -> None:
    least = max(fitted.min_count or 0, (fitted.min_share or 0) * columns[0].rows)
    counts = [column.texts() for column in columns]
    fitted.kept_ = [sorted(v for v, n in column.items() if n >= least) for column in counts]
    fitted.rare_ = [sorted(v for v, n in column.items() if n < least) for column in counts]


def _fit_alone(fitted: Any, column: ValueCounts) -> Any:
    """Fit the estimator to one column: to its rows, or with their counts as weights where many.

    With weights, scikit-learn rounds a quantile in another way, and k-means breaks ties in another.
    """
    from sklearn.base import clone

    values = column.values.astype(np.float64)[:, None]
    if column.counts.sum() <= _MOST_REPEATED:
        return clone(fitted).fit(np.repeat(values, column.counts, axis=0))
    return clone(fitted).fit(values, sample_weight=column.counts.astype(np.float64))


# 8 MB of numbers.
_MOST_REPEATED = 1 << 20
# These have no fitted state.
STATELESS = {
    "preprocessor.CategoryHasher",
    "preprocessor.DateCycles",
    "preprocessor.DateParts",
    "preprocessor.Flags",
    "preprocessor.HashedTerms",
    "preprocessor.Log1p",
    "preprocessor.TextCleaner",
    "preprocessor.Truths",
}
LEARNERS: dict[str, Learner] = {
    **dict.fromkeys(STATELESS, _learn_nothing_more),
    "preprocessor.DateParser": _learn_nothing_more,
    "preprocessor.TimeSince": _learn_nothing_more,
    "preprocessor.Clipper": _learn_clipper,
    "preprocessor.RareGrouper": _learn_rare,
    "sklearn.SimpleImputer": _learn_imputer,
    "sklearn.MinMaxScaler": _learn_nothing_more,
    "sklearn.MaxAbsScaler": _learn_nothing_more,
    "sklearn.StandardScaler": _learn_standard_scaler,
    "sklearn.RobustScaler": _learn_robust_scaler,
    "sklearn.QuantileTransformer": _learn_quantiles,
    "sklearn.KBinsDiscretizer": _learn_bins,
    "sklearn.OrdinalEncoder": _learn_nothing_more,
    "sklearn.OneHotEncoder": _learn_onehot,
}
