"""What the service adds to the request of a tuning job.

Source: API, DescribeHyperParameterTuningJob, and its example: the static hyperparameters name the
objective metric, `TrainingJobEarlyStoppingType` is Off by default, and ranges have a list of each
kind. `HyperparameterTuner.attach` of the SDK reads all three, and `ResourceConfig`, for which it
sends a `HyperParameterTuningResourceConfig`.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.resources.training.builtin_metrics import add_builtin_metrics
from local_test.service.resources.tuning.ranges.parameter_ranges import (
    CATEGORICAL,
    CONTINUOUS,
    WHOLE,
)

OBJECTIVE = "_tuning_objective_metric"
"""The static hyperparameter that names the objective metric."""

_ONE, _SEVERAL = "TrainingJobDefinition", "TrainingJobDefinitions"
_MACHINE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
_NO_RANGES: Mapping[str, Any] = {CATEGORICAL: [], CONTINUOUS: [], WHOLE: []}


def complete_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with defaults, and with the metric definitions of built-in algorithms."""
    config = {"TrainingJobEarlyStoppingType": "Off"} | request["HyperParameterTuningJobConfig"]
    _complete_ranges(config, "ParameterRanges")
    completed = {**request, "HyperParameterTuningJobConfig": config}
    if request.get(_ONE) is not None:
        objective = config.get("HyperParameterTuningJobObjective")
        completed[_ONE] = _complete_definition(request[_ONE], objective)
    if request.get(_SEVERAL):
        completed[_SEVERAL] = [
            _complete_definition(definition, definition.get("TuningObjective"))
            for definition in request[_SEVERAL]
        ]
    return completed


def _complete_definition(
    given: Mapping[str, Any], objective: Mapping[str, str] | None
) -> dict[str, Any]:
    algorithm = add_builtin_metrics(given["AlgorithmSpecification"])
    definition = {**given, "AlgorithmSpecification": algorithm}
    if objective is not None:
        named = {OBJECTIVE: objective["MetricName"]}
        definition["StaticHyperParameters"] = {**given.get("StaticHyperParameters", {}), **named}
    _complete_ranges(definition, "HyperParameterRanges")
    one = given.get("HyperParameterTuningResourceConfig", {})
    if all(field in one for field in _MACHINE):
        definition.setdefault("ResourceConfig", {field: one[field] for field in _MACHINE})
    return definition


def _complete_ranges(holder: dict[str, Any], field: str) -> None:
    if holder.get(field):
        holder[field] = {**_NO_RANGES, **holder[field]}
