"""The operations that are alike for many resource types: Describe, List, Delete and Stop."""

from collections.abc import Callable, Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.pagination import paginate

Output = dict[str, Any]
Operation = Callable[[Backend, ApiCall], Output]
Operations = Mapping[str, Operation]


def describe(resource: ResourceType) -> Operation:
    """Return the operation that describes a resource by the fields of its record."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        record = backend.records.get(resource, call.region, call.request[resource.name_field])
        return select_fields(record, call.output_shape)

    return answer


def list_all(resource: ResourceType) -> Operation:
    """Return the operation that lists a page of summaries."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        chosen, token = paginate(backend.records, resource, call.region, call.request)
        summaries = [select_fields(record, call.entry_shape) for record in chosen]
        return {resource.list_field: summaries} | ({"NextToken": token} if token else {})

    return answer


def delete(resource: ResourceType) -> Operation:
    """Return the operation that deletes a resource without running work."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        backend.records.remove(resource, call.region, call.request[resource.name_field])
        return {}

    return answer


def stop(resource: ResourceType) -> Operation:
    """Return the operation that stops a job; it raises ApiError when the job is not in progress."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        name = call.request[resource.name_field]
        with backend.records.lock():
            status = backend.records.get(resource, call.region, name)[resource.status_field]
            if status != "InProgress":
                raise invalid(
                    f"The request was rejected because the {resource.label} is in status {status}."
                )
            backend.records.update(
                resource, call.region, name, **{resource.status_field: "Stopping"}
            )
        backend.threads.stop(resource.work_key(call.region, name))
        return {}

    return answer
