"""AddAssociation, DeleteAssociation, ListAssociations."""

from collections.abc import Iterator

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lineage.entities import (
    EXPERIMENT_PATHS,
    LineageEntity,
    find_entity,
    read_path,
)
from local_test.service.resources.lineage.entity_list import answer_page, locate_by
from local_test.service.resources.lineage.lineage_writer import add_association, has_association
from local_test.service.resources.lineage.resource import (
    ASSOCIATION,
    make_association_id,
    not_found_error,
)
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

_ENDS = ("SourceArn", "DestinationArn")
_TYPES = ("SourceType", "DestinationType", "AssociationType")


def _add(backend: Backend, call: ApiCall) -> Output:
    """Associate two entities of this region.

    Source: Developer Guide, 'Manually Create Tracking Entities', limits: no two experiment
    entities.
    """
    source, destination = (str(call.request[end]) for end in _ENDS)
    if source == destination:
        raise invalid(f"Source and destination are the same: {source}. Name two entities.")
    if {read_path(source), read_path(destination)} <= EXPERIMENT_PATHS:
        raise invalid(
            f"Two experiment entities cannot be associated: {source} and {destination}."
            " Associate one of them with an artifact, an action or a context."
        )
    with backend.records.lock():
        ends = [_require_entity(backend, call.region, arn) for arn in (source, destination)]
        kind = call.request.get("AssociationType", "")
        add_association(backend, call.region, ends[0], ends[1], kind)
    return {"SourceArn": source, "DestinationArn": destination}


def _delete(backend: Backend, call: ApiCall) -> Output:
    source, destination = (str(call.request[end]) for end in _ENDS)
    with backend.records.lock():
        if not has_association(backend, call.region, source, destination):
            raise not_found_error("Association", f"from {source} to {destination}")
        key = make_association_id(source, destination)
        backend.records.remove(ASSOCIATION, call.region, key)
    return {"SourceArn": source, "DestinationArn": destination}


def _list(backend: Backend, call: ApiCall) -> Output:
    """List associations; names are those that the entities have now."""
    field = call.request.get("SortBy", "CreationTime")
    found = _list_matching(backend, call)
    output = answer_page(call, ASSOCIATION.list_field, found, locate_by(field, ASSOCIATION.key_of))
    for summary in output[ASSOCIATION.list_field]:
        for end in ("Source", "Destination"):
            entity = find_entity(backend, call.region, summary[f"{end}Arn"])
            if entity is not None and entity.name:
                summary[f"{end}Name"] = entity.name
    return output


def list_associations(
    backend: Backend, region: str, source: str | None = None, destination: str | None = None
) -> Iterator[Record]:
    """Yield the associations from a source, to a destination, or all without both."""
    related = next(
        (
            (field, arn)
            for field, arn in zip(_ENDS, (source, destination), strict=True)
            if arn is not None
        ),
        None,
    )
    records, _ = backend.records.find_page(ASSOCIATION, region, RecordQuery(related=related))
    for record in records:
        if destination is None or record["DestinationArn"] == destination:
            yield record


def _list_matching(backend: Backend, call: ApiCall) -> Iterator[Record]:
    request = call.request
    ends = (request.get(end) for end in _ENDS)
    for record in list_associations(backend, call.region, *ends):
        if all(record.get(name) == request[name] for name in _TYPES if name in request):
            yield record


def _require_entity(backend: Backend, region: str, arn: str) -> LineageEntity:
    entity = find_entity(backend, region, arn)
    if entity is None:
        raise not_found_error("Lineage entity", arn)
    return entity


ASSOCIATION_OPERATIONS: Operations = {
    "AddAssociation": _add,
    "DeleteAssociation": _delete,
    "ListAssociations": _list,
}
