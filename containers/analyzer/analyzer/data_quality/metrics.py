"""The CloudWatch metrics of a data set.

The names are Model Monitor's: `feature_non_null_X`, `feature_null_X`, `feature_data_X` for numbers
and `feature_baseline_drift_X` for compared features.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from analyzer.contract.metrics_file import CloudWatchMetric
from analyzer.data_quality.baseline import Baseline
from analyzer.data_quality.checks import DriftResult
from analyzer.data_quality.monitoring_config import read_config
from tandem.baseline.column_profile import ColumnProfile


def build_metrics(
    baseline: Baseline, columns: Sequence[ColumnProfile], drift: Sequence[DriftResult]
) -> Iterator[CloudWatchMetric]:
    """Yield the metrics of each column whose `emit_metrics` is Enabled."""
    features = baseline.features
    silent = {
        column.name
        for column in columns
        if read_config(baseline.constraints, features.get(column.name, {})).emit_metrics
        != "Enabled"
    }
    for column in columns:
        if column.name in silent:
            continue
        yield CloudWatchMetric(f"feature_non_null_{column.name}", column.rows - column.absent)
        yield CloudWatchMetric(f"feature_null_{column.name}", column.absent)
        if (spread := column.spread) and math.isfinite(spread.total):
            statistics = {
                "SampleCount": float(len(spread)),
                "Sum": spread.total,
                "Minimum": spread.low,
                "Maximum": spread.high,
            }
            yield CloudWatchMetric(f"feature_data_{column.name}", statistics=statistics)
    for result in drift:
        if result.name not in silent:
            yield CloudWatchMetric(f"feature_baseline_drift_{result.name}", result.distance)
