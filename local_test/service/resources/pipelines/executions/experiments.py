"""The experiment and the trial that the jobs of an execution belong to.

Source: Developer Guide, 'Amazon SageMaker Experiments Integration' of Pipelines: both are created
unless they exist, and are named after the pipeline and the execution unless the definition names
them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import EXPERIMENT, TRIAL, add, find
from local_test.service.resources.experiments.trial_operations import add_trial

_KINDS = {"Training", "Processing", "Transform"}
_CONFIG = "ExperimentConfig"


def enter_experiment(
    backend: Backend,
    region: str,
    content: Mapping[str, Any] | None,
    variables: Mapping[str, str],
    resolve: Callable[[Any], Any],
) -> dict[str, str] | None:
    """Return the names of experiment and trial after `PipelineExperimentConfig`, None without one.

    What of them does not exist is created. `variables` are those of the execution.
    """
    if not content:
        return None
    defaults = {
        EXPERIMENT.name_field: variables["PipelineName"],
        TRIAL.name_field: variables["PipelineExecutionId"],
    }
    config = {field: str(resolve(content.get(field) or name)) for field, name in defaults.items()}
    experiment = {EXPERIMENT.name_field: config[EXPERIMENT.name_field]}
    with backend.records.lock():
        if not _exists(backend, EXPERIMENT, region, config):
            add(backend, EXPERIMENT, region, experiment)
        if not _exists(backend, TRIAL, region, config):
            add_trial(backend, region, dict(config))
    return config


def add_experiment(
    kind: str, arguments: Mapping[str, Any], config: Mapping[str, str] | None
) -> Mapping[str, Any]:
    """Return the arguments of a step, with experiment and trial if it is a job of theirs."""
    if not config or kind not in _KINDS:
        return arguments
    return {**arguments, _CONFIG: {**arguments.get(_CONFIG, {}), **config}}


def _exists(
    backend: Backend, resource: ResourceType, region: str, config: Mapping[str, str]
) -> bool:
    try:
        find(backend, resource, region, config[resource.name_field])
    except ApiError:
        return False
    return True
