"""The operations on trial components: create, describe, update, delete and list."""

from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.experiments.component_fields import (
    check_component,
    index_status,
    merge_component,
)
from local_test.service.resources.experiments.metric_summaries import add_metrics
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    TRIAL_COMPONENT,
    add,
    find,
    summarize,
    update,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate

_SOURCE = "SourceArn"


def _create(backend: Backend, call: ApiCall) -> Output:
    check_component(call.request)
    record = add(backend, TRIAL_COMPONENT, call.region, call.request, **index_status(call.request))
    return {TRIAL_COMPONENT.arn_field: record[TRIAL_COMPONENT.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    name = call.request[TRIAL_COMPONENT.name_field]
    record = find(backend, TRIAL_COMPONENT, call.region, name)
    [described] = add_metrics(backend, [record])
    return select_fields(described, call.output_shape)


def _update(backend: Backend, call: ApiCall) -> Output:
    name = call.request[TRIAL_COMPONENT.name_field]
    with backend.records.lock():
        record = find(backend, TRIAL_COMPONENT, call.region, name)
        changes = merge_component(record, call.request)
        update(backend, TRIAL_COMPONENT, call.region, name, **changes)
    return {TRIAL_COMPONENT.arn_field: record[TRIAL_COMPONENT.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete a component. Raises ApiError while a trial has it (API, DeleteTrialComponent)."""
    name = call.request[TRIAL_COMPONENT.name_field]
    with backend.records.lock():
        record = find(backend, TRIAL_COMPONENT, call.region, name)
        if parents := record.get("Parents"):
            trials = ", ".join(parent[TRIAL.name_field] for parent in parents)
            raise invalid(
                f"Trial component in use: {name} is associated with {trials}."
                " Call DisassociateTrialComponent first."
            )
        backend.records.remove(TRIAL_COMPONENT, call.region, name.lower())
    backend.metric_store.remove(record[TRIAL_COMPONENT.arn_field])
    return {TRIAL_COMPONENT.arn_field: record[TRIAL_COMPONENT.arn_field]}


def _list(backend: Backend, call: ApiCall) -> Output:
    conditions = _read_filter(backend, call)
    page, token = paginate(
        backend.records, TRIAL_COMPONENT, call.region, call.request, **conditions
    )
    summaries = [summarize(TRIAL_COMPONENT, record, call.entry_shape) for record in page]
    return {TRIAL_COMPONENT.list_field: summaries} | ({"NextToken": token} if token else {})


def _read_filter(backend: Backend, call: ApiCall) -> dict[str, Any]:
    """Return the condition of a list (Source: API, ListTrialComponents: at most one of three)."""
    filters = (EXPERIMENT.name_field, TRIAL.name_field, _SOURCE)
    given = [field for field in filters if field in call.request]
    if len(given) > 1:
        raise invalid(f"More than one filter: {' and '.join(given)}. Give one of them.")
    if not given:
        return {}
    text = call.request[given[0]]
    if given[0] == _SOURCE:
        return {"related": (_SOURCE, text.lower())}
    kind = EXPERIMENT if given[0] == EXPERIMENT.name_field else TRIAL
    parent = find(backend, kind, call.region, text)
    return {"related": (f"{kind.kind}Arns", parent[kind.arn_field])}


COMPONENT_OPERATIONS: Operations = {
    "CreateTrialComponent": _create,
    "DescribeTrialComponent": _describe,
    "UpdateTrialComponent": _update,
    "DeleteTrialComponent": _delete,
    "ListTrialComponents": _list,
}
