"""Create, Describe, Update, Delete and List of artifacts, actions and contexts."""

from collections.abc import Callable

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operation, Operations, Output
from local_test.service.resources.lineage.entity_list import answer_page, locate_by
from local_test.service.resources.lineage.lineage_writer import add_entity, start_entity
from local_test.service.resources.lineage.resource import (
    ACTION,
    ARTIFACT,
    ASSOCIATION,
    CONTEXT,
    make_artifact_id,
    not_found_error,
)
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

_REPLACED = ("ArtifactName", "Description", "Status", "Properties")


def _create(resource: ResourceType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        record = start_entity(resource, call.region, call.request)
        return {resource.arn_field: add_entity(backend, call.region, resource, record)}

    return answer


def _describe(resource: ResourceType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        return select_fields(_find(backend, call, resource), call.output_shape)

    return answer


def _update(resource: ResourceType) -> Operation:
    """Return the operation that replaces fields; properties are replaced as a whole.

    Source: API, UpdateArtifact, `Properties` and `PropertiesToRemove`.
    """

    def answer(backend: Backend, call: ApiCall) -> Output:
        with backend.records.lock():
            record = _find(backend, call, resource)
            changes = {name: call.request[name] for name in _REPLACED if name in call.request}
            removed = set(call.request.get("PropertiesToRemove", ()))
            properties: dict[str, str] = {**record, **call.request}["Properties"]
            changes |= {
                "Properties": {key: properties[key] for key in properties if key not in removed},
                "LastModifiedTime": now(),
            }
            backend.records.update(resource, call.region, resource.key_of(record), **changes)
        return {resource.arn_field: record[resource.arn_field]}

    return answer


def _delete(resource: ResourceType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        with backend.records.lock():
            record = _find(backend, call, resource)
            arn = str(record[resource.arn_field])
            if _is_associated(backend, call.region, arn):
                raise invalid(
                    f"{resource.kind} has associations: {arn}. Delete them first, as"
                    " ListAssociations lists them."
                )
            backend.records.remove(resource, call.region, resource.key_of(record))
        return {resource.arn_field: arn}

    return answer


def _list(resource: ResourceType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        uri = call.request.get("SourceUri")
        kind = call.request.get(f"{resource.kind}Type")
        found = (
            record
            for record in backend.records.iterate(resource, call.region)
            if uri is None or record["Source"]["SourceUri"] == uri
            if kind is None or record[f"{resource.kind}Type"] == kind
        )
        by_name = call.request.get("SortBy") == "Name"
        locate = locate_by(resource.name_field if by_name else "CreationTime", resource.key_of)
        return answer_page(call, resource.list_field, found, locate)

    return answer


def _find(backend: Backend, call: ApiCall, resource: ResourceType) -> Record:
    """Return the record that a request names. Raises ApiError when there is none."""
    reference = _read_reference(call, resource)
    arn = reference if reference.startswith("arn:") else resource.make_arn(call.region, reference)
    kind, key = backend.records.find_arn(call.region, arn.lower()) or ("", "")
    if kind != resource.kind:
        raise not_found_error(resource.kind, reference)
    return backend.records.get(resource, call.region, key)


def _read_reference(call: ApiCall, resource: ResourceType) -> str:
    request = call.request
    if resource != ARTIFACT:
        return str(request[resource.name_field])
    if ("ArtifactArn" in request) == ("Source" in request):
        raise invalid("The artifact is not named once. Give its ArtifactArn or its Source.")
    return str(request.get("ArtifactArn") or make_artifact_id(request["Source"]))


def _is_associated(backend: Backend, region: str, arn: str) -> bool:
    return any(
        backend.records.find_page(ASSOCIATION, region, RecordQuery(related=(end, arn), limit=1))[0]
        for end in ("SourceArn", "DestinationArn")
    )


_VERBS: dict[str, Callable[[ResourceType], Operation]] = {
    "Create": _create,
    "Describe": _describe,
    "Update": _update,
    "Delete": _delete,
}
ENTITY_OPERATIONS: Operations = {
    **{
        f"{verb}{resource.kind}": make(resource)
        for verb, make in _VERBS.items()
        for resource in (ARTIFACT, ACTION, CONTEXT)
    },
    **{f"List{resource.kind}s": _list(resource) for resource in (ARTIFACT, ACTION, CONTEXT)},
}
