"""CreateExperiment, DescribeExperiment, UpdateExperiment, DeleteExperiment, ListExperiments."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    add,
    count_related,
    find,
    summarize,
    update,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate

_CHANGED = ("DisplayName", "Description")


def _create(backend: Backend, call: ApiCall) -> Output:
    record = add(backend, EXPERIMENT, call.region, call.request)
    return {EXPERIMENT.arn_field: record[EXPERIMENT.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find(backend, EXPERIMENT, call.region, call.request[EXPERIMENT.name_field])
    return select_fields(record, call.output_shape)


def _update(backend: Backend, call: ApiCall) -> Output:
    name = call.request[EXPERIMENT.name_field]
    changes = {field: call.request[field] for field in _CHANGED if field in call.request}
    update(backend, EXPERIMENT, call.region, name, **changes)
    return {EXPERIMENT.arn_field: EXPERIMENT.make_arn(call.region, name)}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete an experiment. Raises ApiError while it has trials (Source: API, DeleteExperiment)."""
    name = call.request[EXPERIMENT.name_field]
    with backend.records.lock():
        arn = str(find(backend, EXPERIMENT, call.region, name)[EXPERIMENT.arn_field])
        if count := count_related(backend, TRIAL, call.region, EXPERIMENT.arn_field, arn):
            raise invalid(f"Experiment not empty: {name} has {count} trials. Delete them first.")
        backend.records.remove(EXPERIMENT, call.region, name.lower())
    return {EXPERIMENT.arn_field: arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    page, token = paginate(backend.records, EXPERIMENT, call.region, call.request)
    summaries = [summarize(EXPERIMENT, record, call.entry_shape) for record in page]
    return {EXPERIMENT.list_field: summaries} | ({"NextToken": token} if token else {})


EXPERIMENT_OPERATIONS: Operations = {
    "CreateExperiment": _create,
    "DescribeExperiment": _describe,
    "UpdateExperiment": _update,
    "DeleteExperiment": _delete,
    "ListExperiments": _list,
}
