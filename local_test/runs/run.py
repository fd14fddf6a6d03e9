"""A run: a trial component as one row, with plain numbers and texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Value = float | str


@dataclass(frozen=True)
class Run:
    """One trial component. `metrics` are last values; times are in seconds since 1970.

    `artifacts` are the addresses of inputs and outputs by name; `code` says which version made it.
    `source` is the ARN of its job, "" without one.
    """

    name: str
    display_name: str
    arn: str
    status: str
    created: float
    seconds: float | None
    parameters: Mapping[str, Value]
    metrics: Mapping[str, float]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    code: Mapping[str, str]
    source: str


def read_run(component: Mapping[str, Any]) -> Run:
    """Return the run of a trial component: a record with its metrics, or an answer of the API."""
    start, end = component.get("StartTime"), component.get("EndTime")
    known = start is not None and end is not None
    return Run(
        name=component["TrialComponentName"],
        display_name=component.get("DisplayName") or component["TrialComponentName"],
        arn=component["TrialComponentArn"],
        status=(component.get("Status") or {}).get("PrimaryStatus", ""),
        created=_read_time(component["CreationTime"]),
        seconds=_read_time(end) - _read_time(start) if known else None,
        parameters={
            name: value["NumberValue"] if "NumberValue" in value else value["StringValue"]
            for name, value in sorted((component.get("Parameters") or {}).items())
        },
        metrics={one["MetricName"]: one["Last"] for one in component.get("Metrics") or ()},
        inputs=_read_artifacts(component.get("InputArtifacts")),
        outputs=_read_artifacts(component.get("OutputArtifacts")),
        code=dict(component.get("MetadataProperties") or {}),
        source=(component.get("Source") or {}).get("SourceArn", ""),
    )


def _read_artifacts(artifacts: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: value["Value"] for name, value in sorted((artifacts or {}).items())}


def _read_time(value: Any) -> float:
    return float(value.timestamp() if hasattr(value, "timestamp") else value)


def format_value(value: object) -> str:
    """Return a value as a page shows it: numbers with six digits."""
    return f"{value:.6g}" if isinstance(value, float | int) else str(value)
