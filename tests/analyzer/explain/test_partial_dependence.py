"""Curves of partial dependence, baselines from clusters, and global SHAP values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyzer.explain.aggregation import aggregate
from analyzer.explain.baseline import make_baseline
from analyzer.explain.kernel_shap import ObjectArray
from analyzer.explain.partial_dependence import compute_partial_dependence
from tandem.data.arrays import FloatArray

ROWS = pd.DataFrame({"a": [0, 1, 2, 10], "b": ["x", "y", "x", "x"], "c": [0.5, 1.5, 2.5, 3.5]})


def score(rows: ObjectArray) -> FloatArray:
    return np.array([[3 * row[0] + (5 if row[1] == "y" else 0) + row[2]] for row in rows])


def test_the_curve_of_a_number_spans_its_range() -> None:
    curve = compute_partial_dependence(score, ROWS, "a", 3, None)
    assert curve.grid == [0, 5, 10]
    assert curve.shares.tolist() == [0.75, 0, 0.25]
    mean_rest = 5 / 4 + 2
    assert curve.scores[:, 0] == pytest.approx([mean_rest, mean_rest + 15, mean_rest + 30])


def test_the_curve_of_a_category_has_its_values_by_frequency() -> None:
    curve = compute_partial_dependence(score, ROWS, "b", 3, None)
    assert (curve.grid, curve.numerical) == (["x", "y"], False)
    assert curve.scores[1, 0] - curve.scores[0, 0] == pytest.approx(5)


def test_a_baseline_has_a_row_of_each_cluster() -> None:
    rng = np.random.default_rng(0)
    centers = rng.permutation(np.repeat([0.0, 50.0, 100.0], 40))
    rows = pd.DataFrame({"near": centers + rng.normal(size=120), "kind": centers.astype(str)})
    baseline = make_baseline(rows, 3, seed=1)
    assert sorted(baseline["kind"]) == ["0.0", "100.0", "50.0"]
    assert len(baseline.merge(rows)) == 3


def test_global_values_aggregate_rows() -> None:
    values = np.array([[[-3.0], [1.0]], [[1.0], [1.0]], [[2.0], [4.0]]])
    assert aggregate(values, "mean_abs").ravel().tolist() == [2, 2]
    assert aggregate(values, "median").ravel().tolist() == [1, 1]
    assert aggregate(values, "mean_sq").ravel() == pytest.approx([14 / 3, 6])
