"""The baseline of Model Monitor: `statistics.json` and `constraints.json` of the training data.

(Developer Guide, "Schema for Statistics" and "Schema for Constraints".) The target stands first, as
in captured data, where the endpoint's output stands before its input.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tandem.baseline import quantile_sketch
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.distribution import Distribution
from tandem.io.atomic_write import write_atomic

STATISTICS, CONSTRAINTS = "statistics.json", "constraints.json"
BUCKETS = 10
MONITORING = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
}
DISTRIBUTION = {
    "perform_comparison": "Enabled",
    "comparison_threshold": 0.1,
    "comparison_method": "Robust",
    "categorical_comparison_threshold": 0.1,
}


def write_baseline(
    folder: Path, columns: Sequence[ColumnProfile], drift_method: str = "LInfinity"
) -> None:
    """Write `statistics.json` and `constraints.json`; each appears whole.

    `drift_method` is the `categorical_drift_method` of the latter.
    """
    for name, content in (
        (STATISTICS, build_statistics(columns)),
        (CONSTRAINTS, build_constraints(columns, drift_method)),
    ):
        write_atomic(folder / name, _format_json(content))


def build_statistics(columns: Sequence[ColumnProfile]) -> dict[str, Any]:
    """Return the content of `statistics.json`."""
    return {
        "version": 0,
        "dataset": {"item_count": columns[0].rows if columns else 0},
        "features": [_describe_feature(column) for column in columns],
    }


def build_constraints(
    columns: Sequence[ColumnProfile], drift_method: str = "LInfinity"
) -> dict[str, Any]:
    """Return the content of `constraints.json`: type, completeness, sign and domain."""
    distribution = {**DISTRIBUTION, "categorical_drift_method": drift_method}
    return {
        "version": 0,
        "features": [_describe_constraint(column) for column in columns],
        "monitoring_config": {**MONITORING, "distribution_constraints": distribution},
    }


def build_buckets(spread: Distribution) -> list[dict[str, float]]:
    """Return a histogram of equal-width buckets; a bucket but the last excludes its end."""
    low, high = spread.low, spread.high
    if low == high:
        return [{"lower_bound": low, "upper_bound": high, "count": len(spread)}]
    # Ends so far apart that their distance is no float have buckets all the same.
    edges = np.array([low * (1 - n / BUCKETS) + high * (n / BUCKETS) for n in range(BUCKETS + 1)])
    indices = np.clip(np.searchsorted(edges, spread.values, side="right") - 1, 0, BUCKETS - 1)
    counts = spread.sum_by_index(indices, BUCKETS)
    return [
        {"lower_bound": lower, "upper_bound": upper, "count": count}
        for lower, upper, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True)
    ]


def _format_json(content: dict[str, Any]) -> bytes:
    """Return JSON with one column a line, because a sketch holds thousands of values."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    rest = {**content, "features": None}
    lines = ",\n  ".join(map(text, content["features"]))
    return text(rest).replace('"features": null', f'"features": [\n  {lines}\n]').encode() + b"\n"


def _describe_feature(column: ColumnProfile) -> dict[str, Any]:
    kind = column.inferred_type
    spread = column.spread
    head = {"name": column.name, "inferred_type": kind}
    common = {"num_present": column.rows - column.absent, "num_missing": column.absent}
    if not spread:
        return {**head, "string_statistics": {"common": common, **_describe_texts(column)}}
    return {**head, "numerical_statistics": {"common": common, **_describe_numbers(spread)}}


def _describe_numbers(spread: Distribution) -> dict[str, Any]:
    figures = {
        "mean": spread.mean,
        "sum": spread.total,
        "std_dev": spread.deviation,
        "min": spread.low,
        "max": spread.high,
    }
    sketch = {
        "parameters": {"c": quantile_sketch.SHRINK, "k": quantile_sketch.SIZE},
        "data": quantile_sketch.build_compactors(spread),
    }
    return {
        **{name: value if math.isfinite(value) else None for name, value in figures.items()},
        "distribution": {"kll": {"buckets": build_buckets(spread), "sketch": sketch}},
    }


def _describe_texts(column: ColumnProfile) -> dict[str, Any]:
    buckets = [{"value": value, "count": count} for value, count in column.domain.items()]
    return {
        "distinct_count": column.distinct,
        "distribution": {"categorical": {"buckets": buckets}},
    }


def _describe_constraint(column: ColumnProfile) -> dict[str, Any]:
    present = column.rows - column.absent
    constraint: dict[str, Any] = {
        "name": column.name,
        "inferred_type": column.inferred_type,
        "completeness": present / column.rows if column.rows else 0.0,
    }
    if column.spread:
        constraint["num_constraints"] = {"is_non_negative": column.spread.low >= 0}
    elif column.domain:
        # Model Monitor knows no word for missing: one that training saw is a text like others.
        constraint["string_constraints"] = {"domains": [*sorted(column.domain), *column.markers]}
    return constraint
