"""The checks of a data set against a baseline's constraints.

(Developer Guide, "Schema for Violations": the six kinds of check.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.data_quality.baseline import Baseline
from analyzer.data_quality.drift import (
    Comparison,
    compare_categories,
    compare_numbers,
    correct_p_values,
)
from analyzer.data_quality.monitoring_config import MonitoringConfig, read_config
from tandem.baseline.column_profile import ColumnProfile

Violation = Mapping[str, str]


@dataclass(frozen=True)
class DriftResult:
    """A compared feature: its options, the comparison, and the corrected p-value."""

    name: str
    config: MonitoringConfig
    comparison: Comparison
    corrected: float

    @property
    def method(self) -> str:
        """The name of the distance that decides."""
        if self.comparison.kind == "Numerical" or self.config.comparison_method == "Significance":
            return self.config.comparison_method
        return self.config.categorical_drift_method

    @property
    def threshold(self) -> float:
        """The threshold of the distance."""
        if self.comparison.kind == "Numerical":
            return self.config.comparison_threshold
        return self.config.categorical_comparison_threshold

    @property
    def distance(self) -> float:
        """The distance that the threshold is for."""
        robust = self.config.comparison_method == "Robust"
        return self.comparison.robust if robust else self.comparison.distance

    @property
    def drifted(self) -> bool:
        """Whether this is a violation."""
        if self.method == "ChiSquared":
            return self.comparison.p_value < self.threshold
        if self.method == "Significance":
            certain = self.corrected < self.config.significance_level
            return certain and self.distance > self.threshold
        return self.distance > self.threshold

    def describe(self) -> str:
        """Return the sentence of a violation."""
        one = self.comparison
        samples = f"{one.baseline} values of the baseline and {one.current} now"
        if self.method == "ChiSquared":
            return (
                f"Baseline drift: the chi-squared test's p-value is {one.p_value:.3g}, below the "
                f"threshold {self.threshold:g} ({samples})."
            )
        return (
            f"Baseline drift: the distance {self.distance:.4f} exceeds the threshold "
            f"{self.threshold:g} ({self.method}, {samples}, p-value {self.corrected:.2g} corrected "
            "for the number of columns)."
        )


def check_columns(baseline: Baseline, columns: Sequence[ColumnProfile]) -> list[Violation]:
    """Return the violations of missing and of extra columns."""
    if not read_config(baseline.constraints, {}).evaluates:
        return []
    expected, found = list(baseline.features), [column.name for column in columns]
    counts = f"The data set has {len(found)} columns, the baseline {len(expected)}"
    violations = []
    for kind, feature, names in (
        ("missing_column_check", "Missing columns", [n for n in expected if n not in set(found)]),
        ("extra_column_check", "Extra columns", [n for n in found if n not in set(expected)]),
    ):
        if names:
            listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            word = feature.lower()
            violations.append(_make(feature, kind, f"{counts}; {word}: {listed}."))
    return violations


def check_column(
    baseline: Baseline, feature: Mapping[str, Any], column: ColumnProfile
) -> Iterator[Violation]:
    """Yield the violations of type, completeness and known values of one column."""
    config = read_config(baseline.constraints, feature)
    if not config.evaluates:
        return
    present = column.rows - column.absent
    expected = feature.get("inferred_type", "Unknown")
    match = compute_type_match(expected, column)
    if match < config.datatype_check_threshold:
        yield _make(
            column.name,
            "data_type_check",
            f"Data type: {match:.4%} of {present} values are {expected}, expected at least "
            f"{config.datatype_check_threshold:.4%}; the data is {column.inferred_type} now.",
        )
    completeness = present / column.rows
    if completeness < float(feature.get("completeness") or 0.0) - 1e-12:
        yield _make(
            column.name,
            "completeness_check",
            f"Completeness: {completeness:.4%} of {column.rows} values are present, expected at "
            f"least {float(feature['completeness']):.4%}.",
        )
    domains = (feature.get("string_constraints") or {}).get("domains")
    if domains and present:
        unknown = {text: n for text, n in column.counts.items() if text not in set(domains)}
        share = 1.0 - sum(unknown.values()) / max(1, column.counts.total())
        if share < config.domain_content_threshold:
            yield _make(
                column.name,
                "categorical_values_check",
                f"Categorical values: {share:.4%} of {present} values are known to the baseline, "
                f"expected at least {config.domain_content_threshold:.4%}; {len(unknown)} unknown.",
            )


def compute_type_match(expected: str, column: ColumnProfile) -> float:
    """Return the share of the present values that are of the expected type, 1 without values."""
    present = column.rows - column.absent
    if not present or expected == "Unknown":
        return 1.0
    words = column.column.words
    if expected == "String":
        return 1.0 if words else 0.0
    other = words + (column.column.fractions if expected == "Integral" else 0)
    return 1.0 - other / present


def compare_features(baseline: Baseline, columns: Sequence[ColumnProfile]) -> list[DriftResult]:
    """Compare every column that has a distribution in the baseline and now."""
    compared = []
    for column in columns:
        feature = baseline.features.get(column.name)
        if feature is None:
            continue
        config = read_config(baseline.constraints, feature)
        comparison = _compare(baseline, column) if config.compares else None
        if comparison is not None:
            compared.append((column.name, config, comparison))
    corrected = correct_p_values([each[2].p_value for each in compared])
    return [
        DriftResult(name, config, comparison, p_value)
        for (name, config, comparison), p_value in zip(compared, corrected, strict=True)
    ]


def list_violations(
    baseline: Baseline, columns: Sequence[ColumnProfile], drift: Sequence[DriftResult]
) -> list[Violation]:
    """Return all violations, those of the columns' number first."""
    violations = check_columns(baseline, columns)
    by_name = {result.name: result for result in drift}
    for column in columns:
        feature = baseline.features.get(column.name)
        if feature is None:
            continue
        violations += check_column(baseline, feature, column)
        result = by_name.get(column.name)
        if result is not None and result.drifted:
            violations.append(_make(column.name, "baseline_drift_check", result.describe()))
    return violations


def _compare(baseline: Baseline, column: ColumnProfile) -> Comparison | None:
    numbers = baseline.numbers.get(column.name)
    if numbers is not None:
        spread = column.spread
        return compare_numbers(numbers, spread) if spread else None
    categories = baseline.categories.get(column.name)
    if categories is None or not column.column.exact or not column.counts:
        return None
    return compare_categories(categories, column.counts)


def _make(feature: str, kind: str, description: str) -> Violation:
    return {"feature_name": feature, "constraint_check_type": kind, "description": description}
