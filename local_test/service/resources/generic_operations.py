"""What Describe and List have in common over all kinds."""

from collections.abc import Callable, Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import Resource
from local_test.service.api.service_model import filtered
from local_test.service.backend import Backend
from local_test.service.resources.pagination import page

Answer = dict[str, Any]
Operation = Callable[[Backend, Call], Answer]
Operations = Mapping[str, Operation]


def describe(resource: Resource) -> Operation:
    """Make the operation that gives a record as far as its answer's shape goes."""

    def answer(backend: Backend, call: Call) -> Answer:
        record = backend.records.get(resource, call.region, call.request[resource.name])
        return filtered(record, call.output)

    return answer


def list_all(resource: Resource) -> Operation:
    """Make the operation that gives a page of summaries."""

    def answer(backend: Backend, call: Call) -> Answer:
        records = [record for _, record in backend.records.every(resource, call.region)]
        chosen, token = page(records, resource, call.request)
        summaries = [filtered(record, call.listed) for record in chosen]
        return {resource.listed: summaries} | ({"NextToken": token} if token else {})

    return answer


def delete(resource: Resource) -> Operation:
    """Make the operation that forgets a record nothing runs for."""

    def answer(backend: Backend, call: Call) -> Answer:
        backend.records.remove(resource, call.region, call.request[resource.name])
        return {}

    return answer


def stop(resource: Resource) -> Operation:
    """Make the operation that stops a job; one that has ended is a Fault."""

    def answer(backend: Backend, call: Call) -> Answer:
        name = call.request[resource.name]
        with backend.records.lock():
            status = backend.records.get(resource, call.region, name)[resource.status]
            if status != "InProgress":
                raise invalid(
                    f"The request was rejected because the {resource.words} is in status {status}."
                )
            backend.records.update(resource, call.region, name, **{resource.status: "Stopping"})
        backend.threads.stop(resource.key(call.region, name))
        return {}

    return answer
