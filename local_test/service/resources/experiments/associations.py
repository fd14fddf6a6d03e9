"""AssociateTrialComponent and DisassociateTrialComponent.

Source: API, AssociateTrialComponent: a component can be associated with several trials. Doing it
again changes nothing.
"""

from collections.abc import Sequence

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    TRIAL_COMPONENT,
    find,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.storage.records import Record

Parent = dict[str, str]


def make_parent(trial: Record) -> Parent:
    """Return a trial and its experiment as a component's `Parents` have them."""
    return {field: str(trial[field]) for field in (TRIAL.name_field, EXPERIMENT.name_field)}


def index_parents(region: str, parents: Sequence[Parent]) -> Record:
    """Return the fields of a component with these parents."""
    experiments = dict.fromkeys(parent[EXPERIMENT.name_field] for parent in parents)
    return {
        "Parents": list(parents),
        "TrialArns": [TRIAL.make_arn(region, parent[TRIAL.name_field]) for parent in parents],
        "ExperimentArns": [EXPERIMENT.make_arn(region, name) for name in experiments],
    }


def _associate(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        trial, component = _find_both(backend, call)
        parents, parent = component.get("Parents", []), make_parent(trial)
        if parent not in parents:
            _set_parents(backend, call.region, component, [*parents, parent])
    return _answer(trial, component)


def _disassociate(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        trial, component = _find_both(backend, call)
        parents, parent = component.get("Parents", []), make_parent(trial)
        if parent not in parents:
            raise ApiError(
                "ResourceNotFound",
                f"Trial component not in the trial: {component[TRIAL_COMPONENT.name_field]} is not"
                f" associated with {trial[TRIAL.name_field]}. Check both names.",
            )
        _set_parents(backend, call.region, component, [one for one in parents if one != parent])
    return _answer(trial, component)


def _find_both(backend: Backend, call: ApiCall) -> tuple[Record, Record]:
    trial = find(backend, TRIAL, call.region, call.request[TRIAL.name_field])
    name = call.request[TRIAL_COMPONENT.name_field]
    return trial, find(backend, TRIAL_COMPONENT, call.region, name)


def _set_parents(
    backend: Backend, region: str, component: Record, parents: Sequence[Parent]
) -> None:
    key = TRIAL_COMPONENT.key_of(component)
    changes = index_parents(region, parents) | {"LastModifiedTime": now()}
    backend.records.update(TRIAL_COMPONENT, region, key, **changes)


def _answer(trial: Record, component: Record) -> Output:
    return {
        TRIAL.arn_field: trial[TRIAL.arn_field],
        TRIAL_COMPONENT.arn_field: component[TRIAL_COMPONENT.arn_field],
    }


ASSOCIATION_OPERATIONS: Operations = {
    "AssociateTrialComponent": _associate,
    "DisassociateTrialComponent": _disassociate,
}
