"""Events of pipeline executions and of their steps.

Source: Developer Guide, 'Events that Amazon SageMaker AI sends to Amazon EventBridge': pipeline
execution state change and pipeline step state change.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.service_model import ServiceModel
from local_test.service.events.event import Event, format_time
from local_test.service.events.state_changes import SOURCE
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Record

_EXECUTION_TYPE = "SageMaker Model Building Pipeline Execution Status Change"
_STEP_TYPE = "SageMaker Model Building Pipeline Execution Step Status Change"
_ENDED = {"Succeeded", "Failed", "Stopped"}


class _ExecutionEvents:
    """One event for each status of an execution."""

    resource: ResourceType = EXECUTION

    def build(self, _api: ServiceModel, change: RecordChange) -> Iterator[Event]:
        """Return the event of a change of the execution's status."""
        before, after = change.before or {}, change.after or {}
        status = after.get(EXECUTION.status_field)
        previous = before.get(EXECUTION.status_field)
        if status in {None, previous}:
            return
        end = after["LastModifiedTime"] if status in _ENDED else None
        detail = {
            "pipelineExecutionDisplayName": after.get("PipelineExecutionDisplayName"),
            "pipelineExecutionDescription": after.get("PipelineExecutionDescription"),
            "currentPipelineExecutionStatus": status,
            "previousPipelineExecutionStatus": previous,
            "executionStartTime": format_time(after["StartTime"]),
            "executionEndTime": None if end is None else format_time(end),
        }
        yield _make_event(_EXECUTION_TYPE, change.region, after, detail)


class _StepEvents:
    """One event for each status of a step of an execution."""

    resource: ResourceType = EXECUTION

    def build(self, _api: ServiceModel, change: RecordChange) -> Iterator[Event]:
        """Return the events of all steps whose status has changed."""
        after = change.after or {}
        before = {step["StepName"]: step for step in (change.before or {}).get("Steps", ())}
        changed = [
            step
            for step in after.get("Steps", ())
            if step["StepStatus"] != before.get(step["StepName"], {}).get("StepStatus")
        ]
        kinds = parse_definition(after["PipelineDefinition"]).steps if changed else {}
        for step in changed:
            times = {name: step.get(name) for name in ("StartTime", "EndTime")}
            detail = {
                "metadata": _lower_keys(step.get("Metadata", {})),
                "stepName": step["StepName"],
                "stepType": kinds[step["StepName"]].kind,
                "previousStepStatus": before.get(step["StepName"], {}).get("StepStatus"),
                "currentStepStatus": step["StepStatus"],
                "failureReason": step.get("FailureReason"),
                "cacheHitResult": _lower_keys(step.get("CacheHitResult")),
            } | {f"step{name}": time and format_time(time) for name, time in times.items()}
            yield _make_event(_STEP_TYPE, change.region, after, detail)


def _make_event(kind: str, region: str, record: Record, detail: Mapping[str, Any]) -> Event:
    arns = record[PIPELINE.arn_field], record[EXECUTION.arn_field]
    known = {name: value for name, value in detail.items() if value is not None}
    known |= {"pipelineArn": arns[0], "pipelineExecutionArn": arns[1]}
    return Event(SOURCE, kind, region, now(), known, arns)


def _lower_keys(value: Any) -> Any:
    """Return a structure whose names begin with a small letter, as in these events."""
    if not isinstance(value, Mapping):
        return value
    return {name[:1].lower() + name[1:]: _lower_keys(entry) for name, entry in value.items()}


EXECUTION_EVENTS = _ExecutionEvents()
STEP_EVENTS = _StepEvents()
