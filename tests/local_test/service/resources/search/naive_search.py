"""Search as slowly and plainly as possible, over the fields of a training job, to compare with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

TIMES = {"CreationTime", "LastModifiedTime"}
NUMBERS = {"TrainingTimeInSeconds", "ResourceConfig.InstanceCount"}
BOOLEANS = {"EnableNetworkIsolation"}


def collect(job: dict[str, Any], name: str) -> list[Any]:
    """Collect the values of a property by cases."""
    head, _, rest = name.partition(".")
    if head == "Tags":
        return [tag["Value"] for tag in job.get("Tags", []) if tag["Key"] == rest]
    if head == "Metrics":
        final = job.get("FinalMetricDataList", [])
        return [item["Value"] for item in final if item["MetricName"] == rest]
    if head == "HyperParameters":
        return [job["HyperParameters"][rest]] if rest in job.get("HyperParameters", {}) else []
    values: list[Any] = [job]
    for part in name.split("."):
        below = [value[part] for value in values if part in value]
        values = [
            item for value in below for item in (value if isinstance(value, list) else [value])
        ]
    return values


def as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if number != number else number  # noqa: PLR0124 - NaN is unequal to itself


def convert(name: str, value: Any, text: str) -> tuple[Any, Any]:
    """Convert a property's value and a filter's to what can be compared; None is unequal."""
    if name in TIMES:
        return value, datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    if name in NUMBERS or name.startswith("Metrics."):
        return value, float(text)
    if name in BOOLEANS:
        return value, text == "true"
    if name.startswith("HyperParameters.") and as_number(text) is not None:
        left = as_number(value)
        if left is not None and text.lstrip("-").isdigit():
            left = int(left)
        return left, float(text)
    return value, text


def compare(name: str, value: Any, operator: str, text: str) -> bool:
    if operator == "In":
        return value in text.split(",")
    left, right = convert(name, value, text)
    if operator == "Equals":
        return bool(left == right)
    if left is None:
        return False
    greater, equal = bool(left > right), bool(left == right)
    return {
        "GreaterThan": greater,
        "GreaterThanOrEqualTo": greater or equal,
        "LessThan": not greater and not equal,
        "LessThanOrEqualTo": not greater,
    }[operator]


def satisfies(job: dict[str, Any], filter_: dict[str, str]) -> bool:
    name, operator = filter_["Name"], filter_.get("Operator", "Equals")
    values = collect(job, name)
    if operator in {"Exists", "NotExists"}:
        return (operator == "Exists") == (len(values) > 0)
    if operator == "NotEquals":
        return not satisfies(job, {**filter_, "Operator": "Equals"})
    return any(compare(name, value, operator, filter_["Value"]) for value in values)


def fits(job: dict[str, Any], expression: dict[str, Any]) -> bool:
    results = [satisfies(job, filter_) for filter_ in expression.get("Filters", [])]
    for nested in expression.get("NestedFilters", []):
        name = nested["NestedPropertyName"]
        found = False
        for entry in job.get(name, []):
            alone = {**job, name: [entry]}
            found = found or all(satisfies(alone, filter_) for filter_ in nested["Filters"])
        results.append(found)
    results += [fits(job, below) for below in expression.get("SubExpressions", [])]
    return any(results) if expression.get("Operator") == "Or" else all(results)
