"""CreateTrial, DescribeTrial, UpdateTrial, DeleteTrial, ListTrials."""

from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    TRIAL_COMPONENT,
    add,
    count_related,
    find,
    summarize,
    update,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate
from local_test.service.storage.records import Record


def add_trial(backend: Backend, region: str, fields: dict[str, Any], **more: Any) -> Record:
    """Add a trial to an experiment and return its record.

    `fields` are those of CreateTrial, `more` further ones. Raises ApiError when there is no such
    experiment, or the name is taken.
    """
    with backend.records.lock():
        experiment = find(backend, EXPERIMENT, region, fields[EXPERIMENT.name_field])
        names = (EXPERIMENT.name_field, EXPERIMENT.arn_field)
        parent = {field: experiment[field] for field in names}
        return add(backend, TRIAL, region, fields | parent, **more)


def _create(backend: Backend, call: ApiCall) -> Output:
    record = add_trial(backend, call.region, call.request)
    return {TRIAL.arn_field: record[TRIAL.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find(backend, TRIAL, call.region, call.request[TRIAL.name_field])
    return select_fields(record, call.output_shape)


def _update(backend: Backend, call: ApiCall) -> Output:
    name = call.request[TRIAL.name_field]
    changes = {field: call.request[field] for field in ("DisplayName",) if field in call.request}
    update(backend, TRIAL, call.region, name, **changes)
    return {TRIAL.arn_field: TRIAL.make_arn(call.region, name)}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete a trial. Raises ApiError while it has components (Source: API, DeleteTrial)."""
    name = call.request[TRIAL.name_field]
    with backend.records.lock():
        arn = str(find(backend, TRIAL, call.region, name)[TRIAL.arn_field])
        if count := count_related(backend, TRIAL_COMPONENT, call.region, "TrialArns", arn):
            raise invalid(
                f"Trial not empty: {name} has {count} trial components."
                " Call DisassociateTrialComponent for each of them first."
            )
        backend.records.remove(TRIAL, call.region, name.lower())
    return {TRIAL.arn_field: arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    conditions: dict[str, Any] = {}
    if EXPERIMENT.name_field in call.request:
        name = call.request[EXPERIMENT.name_field]
        experiment = find(backend, EXPERIMENT, call.region, name)
        conditions["related"] = (EXPERIMENT.arn_field, experiment[EXPERIMENT.arn_field])
    if TRIAL_COMPONENT.name_field in call.request:
        name = call.request[TRIAL_COMPONENT.name_field]
        component = find(backend, TRIAL_COMPONENT, call.region, name)
        parents = component.get("Parents", ())
        conditions["names"] = tuple(parent[TRIAL.name_field].lower() for parent in parents)
    page, token = paginate(backend.records, TRIAL, call.region, call.request, **conditions)
    summaries = [summarize(TRIAL, record, call.entry_shape) for record in page]
    return {TRIAL.list_field: summaries} | ({"NextToken": token} if token else {})


TRIAL_OPERATIONS: Operations = {
    "CreateTrial": _create,
    "DescribeTrial": _describe,
    "UpdateTrial": _update,
    "DeleteTrial": _delete,
    "ListTrials": _list,
}
