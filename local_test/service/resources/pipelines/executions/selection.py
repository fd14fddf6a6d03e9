"""Executions of selected steps, which take the values of all other steps from an earlier execution.

Source: Developer Guide, 'Selective execution of pipeline steps'; API, SelectiveExecutionConfig.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.pipelines.definition import PipelineStep
from local_test.service.resources.pipelines.executions.step_numbers import NUMBERS_FIELD
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE, find_by_arn
from local_test.service.storage.records import Record

_CONFIG = "SelectiveExecutionConfig"
_SOURCE = "SourcePipelineExecutionArn"
_KEPT = (
    *("StepName", "StepDisplayName", "StepDescription", "Metadata", "StartTime", "EndTime"),
    NUMBERS_FIELD,
)
_ENDED = {"Succeeded", "Failed", "Stopped"}

Steps = Mapping[str, PipelineStep]


def list_selected(record: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the selected steps of an execution or a request, None if all steps run."""
    config = record.get(_CONFIG)
    return config and frozenset(step["StepName"] for step in config["SelectedSteps"])


def copy_source_steps(
    backend: Backend, region: str, pipeline: Record, steps: Steps, request: Mapping[str, Any]
) -> list[Record]:
    """Return the entries of steps that a selective execution takes from an earlier one.

    These are the steps that selected steps need. Raises ApiError when the selection leaves out a
    step between two others, or the earlier execution lacks what is needed.
    """
    selected = list_selected(request)
    if selected is None:
        return []
    _check_selection(selected, steps)
    needed = sorted({need for name in selected for need in steps[name].needs} - selected)
    arn = request[_CONFIG].get(_SOURCE)
    if arn is None:
        if needed:
            raise invalid(
                f"The selected steps need {', '.join(needed)}: {_CONFIG}. "
                f"Give the execution that has them as {_SOURCE}."
            )
        return []
    source = _find_source(backend, region, pipeline, arn)
    entries = {entry["StepName"]: entry for entry in source["Steps"]}
    return [_copy_entry(entries.get(name), name, arn) for name in needed]


def _check_selection(selected: frozenset[str], steps: Steps) -> None:
    unknown = sorted(selected - set(steps))
    if unknown:
        raise invalid(
            f"The pipeline has no steps {', '.join(unknown)}: {_CONFIG}. "
            f"Select some of: {', '.join(sorted(steps))}."
        )
    above = {name: _list_ancestors(name, steps) for name in steps}
    for name in sorted(set(steps) - selected):
        if above[name] & selected and any(name in above[other] for other in selected):
            raise invalid(
                f"The step {name} is between two selected steps: {_CONFIG}. Select it, too."
            )


def _list_ancestors(name: str, steps: Steps) -> frozenset[str]:
    found, ahead = set[str](), set(steps[name].needs)
    while ahead:
        found |= ahead
        ahead = {need for step in ahead for need in steps[step].needs} - found
    return frozenset(found)


def _find_source(backend: Backend, region: str, pipeline: Record, arn: str) -> Record:
    source = find_by_arn(backend, region, arn)
    if source[PIPELINE.arn_field] != pipeline[PIPELINE.arn_field]:
        raise invalid(f"{arn} is an execution of another pipeline: {_SOURCE}.")
    if source[EXECUTION.status_field] not in _ENDED:
        raise invalid(f"{arn} has not ended: {_SOURCE}. Wait for its end or stop it.")
    return source


def _copy_entry(entry: Record | None, name: str, arn: str) -> Record:
    if entry is None or entry["StepStatus"] != "Succeeded":
        raise invalid(
            f"The step {name} has not succeeded in {arn}: {_SOURCE}. "
            f"Select the step, too, or give another execution."
        )
    kept = {field: entry[field] for field in _KEPT if field in entry}
    return kept | {
        "StepStatus": "Succeeded",
        "AttemptCount": 0,
        "SelectiveExecutionResult": {_SOURCE: arn},
    }
