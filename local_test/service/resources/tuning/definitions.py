"""The training job definitions of a tuning job: one, or several with objectives of their own.

Source: API, CreateHyperParameterTuningJob: `TrainingJobDefinition`, `TrainingJobDefinitions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.tuning.ranges.auto_parameters import FIELD
from local_test.service.resources.tuning.ranges.parameter_ranges import Ranges, check_ranges
from local_test.service.resources.tuning.request_defaults import OBJECTIVE

_ONE, _SEVERAL = "TrainingJobDefinition", "TrainingJobDefinitions"
_MACHINE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
_PASSED_ON = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "Environment",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "EnableNetworkIsolation",
)


@dataclass(frozen=True)
class TuningDefinition:
    """What the training jobs of one definition have in common, and what is searched.

    `name` is empty for the only definition of a job. `ranges` has those that Autotune chose.
    """

    name: str
    content: Mapping[str, Any]
    objective: Mapping[str, Any]
    ranges: Ranges

    @property
    def maximize(self) -> bool:
        """Whether larger values of the objective are better."""
        return bool(self.objective["Type"] == "Maximize")

    def is_better(self, value: float, other: float) -> bool:
        """Return whether a value of the objective is better than another one."""
        return value > other if self.maximize else value < other

    def make_training_request(self, job: str, hyperparameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the request of the training job with a name and tuned hyperparameters."""
        fixed = self.content.get("StaticHyperParameters", {})
        passed = {field: self.content[field] for field in _PASSED_ON if field in self.content}
        passed["ResourceConfig"] = self._choose_resources()
        if (config := self.content.get("CheckpointConfig")) is not None:
            # Jobs that run side by side, each with other hyperparameters, cannot share checkpoints.
            passed["CheckpointConfig"] = config | {"S3Uri": f"{config['S3Uri'].rstrip('/')}/{job}"}
        tuned = {**fixed, **hyperparameters, OBJECTIVE: self.objective["MetricName"]}
        return passed | {"TrainingJobName": job, "HyperParameters": tuned}

    def _choose_resources(self) -> Mapping[str, Any]:
        """Return a training job's ResourceConfig, also from the form that the SDK sends."""
        tuning = self.content.get("HyperParameterTuningResourceConfig", {})
        [first, *_] = tuning.get("InstanceConfigs") or [tuning]
        resources = {field: first[field] for field in _MACHINE if field in first}
        return self.content.get("ResourceConfig") or resources


def read_definitions(request: Mapping[str, Any]) -> list[TuningDefinition]:
    """Read and check the definitions of a request or a record.

    Raises ApiError when a definition is missing or invalid.
    """
    config, autotuned = request["HyperParameterTuningJobConfig"], request.get(FIELD, {})
    if bool(request.get(_SEVERAL)) == (request.get(_ONE) is not None):
        raise invalid(f"Give either a {_ONE} or {_SEVERAL}.")
    if not request.get(_SEVERAL):
        found = [_read_one(config, request[_ONE], autotuned)]
    else:
        for field in ("HyperParameterTuningJobObjective", "ParameterRanges"):
            if config.get(field):
                raise invalid(
                    f"HyperParameterTuningJobConfig.{field} is for a single {_ONE}. Give "
                    "TuningObjective and HyperParameterRanges in each definition."
                )
        found = [_read_named(definition, autotuned) for definition in request[_SEVERAL]]
        _check_together(found)
    for definition in found:
        _check(config, request, definition)
    return found


def _read_one(
    config: Mapping[str, Any], content: Mapping[str, Any], autotuned: Mapping[str, Ranges]
) -> TuningDefinition:
    for field in ("TuningObjective", "HyperParameterRanges"):
        if content.get(field):
            raise invalid(
                f"{_ONE}.{field} is for {_SEVERAL}. Give it in HyperParameterTuningJobConfig."
            )
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("HyperParameterTuningJobConfig needs a HyperParameterTuningJobObjective.")
    name, objective = content.get("DefinitionName", ""), config["HyperParameterTuningJobObjective"]
    ranges = autotuned.get(name) or config.get("ParameterRanges", {})
    return TuningDefinition(name, content, objective, ranges)


def _read_named(content: Mapping[str, Any], autotuned: Mapping[str, Ranges]) -> TuningDefinition:
    name = content.get("DefinitionName")
    if not name:
        raise invalid(f"Each of the {_SEVERAL} needs a DefinitionName.")
    if "TuningObjective" not in content:
        raise invalid(f"Definition {name} needs a TuningObjective.")
    ranges = autotuned.get(name) or content.get("HyperParameterRanges", {})
    return TuningDefinition(name, content, content["TuningObjective"], ranges)


def _check_together(definitions: list[TuningDefinition]) -> None:
    names = [definition.name for definition in definitions]
    if len(set(names)) < len(names):
        raise invalid(f"The DefinitionNames must differ: {', '.join(names)}.")
    if len({definition.maximize for definition in definitions}) > 1:
        raise invalid("The TuningObjectives must all be of one Type: their values are compared.")


def _check(
    config: Mapping[str, Any], request: Mapping[str, Any], definition: TuningDefinition
) -> None:
    metric = definition.objective["MetricName"]
    algorithm = definition.content["AlgorithmSpecification"]
    if metric not in [item["Name"] for item in algorithm.get("MetricDefinitions", ())]:
        raise invalid(
            f"The objective metric {metric} is none of the MetricDefinitions. Define it in the "
            "AlgorithmSpecification."
        )
    given = config.get("ParameterRanges") or definition.content.get("HyperParameterRanges", {})
    if given.get("AutoParameters") and request.get("Autotune", {}).get("Mode") != "Enabled":
        raise invalid("AutoParameters need Autotune: give Autotune with the Mode Enabled.")
    check_ranges(config["Strategy"], definition.ranges)
