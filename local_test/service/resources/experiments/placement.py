"""Where a job's trial component belongs: the trial of its ExperimentConfig.

Source: API, ExperimentConfig: experiment and trial must exist; with an experiment alone, a new
trial is created. A RunName is the trial component of an SDK's Run.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.backend import Backend
from local_test.service.resources.experiments.associations import Parent, make_parent
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    TRIAL_COMPONENT,
    find,
)
from local_test.service.resources.experiments.trial_operations import add_trial

_CONFIG, _DISPLAY_NAME = "ExperimentConfig", "TrialComponentDisplayName"
_NEW_TRIAL = "-aws-trial"


def check_placement(backend: Backend, region: str, request: Mapping[str, Any]) -> None:
    """Raise ApiError when the ExperimentConfig of a job names what does not exist."""
    config = request.get(_CONFIG, {})
    if EXPERIMENT.name_field in config:
        find(backend, EXPERIMENT, region, config[EXPERIMENT.name_field])
    if TRIAL.name_field in config:
        trial = find(backend, TRIAL, region, config[TRIAL.name_field])
        experiment = config.get(EXPERIMENT.name_field, trial[EXPERIMENT.name_field])
        if experiment.lower() != trial[EXPERIMENT.name_field].lower():
            raise invalid(
                f"Trial of another experiment: {trial[TRIAL.name_field]} belongs to"
                f" {trial[EXPERIMENT.name_field]}, not to {experiment}. Correct the {_CONFIG}."
            )
    if "RunName" in config:
        find(backend, TRIAL_COMPONENT, region, config["RunName"])


def place(backend: Backend, region: str, job: Mapping[str, Any], name: str) -> list[Parent]:
    """Return the parents of a job's component; create the trial if there is only an experiment.

    `name` is the job's. A trial or an experiment that was deleted meanwhile is none.
    """
    config = job.get(_CONFIG) or {}
    try:
        if TRIAL.name_field in config:
            return [make_parent(find(backend, TRIAL, region, config[TRIAL.name_field]))]
        if EXPERIMENT.name_field in config:
            fields = {
                TRIAL.name_field: f"{name}{_NEW_TRIAL}",
                EXPERIMENT.name_field: config[EXPERIMENT.name_field],
            }
            return [make_parent(add_trial(backend, region, fields))]
    except ApiError:
        return []
    return []


def read_display(job: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a job's component that its ExperimentConfig sets."""
    config = job.get(_CONFIG) or {}
    fields = {"DisplayName": config.get(_DISPLAY_NAME), "RunName": config.get("RunName")}
    return {field: value for field, value in fields.items() if value is not None}
