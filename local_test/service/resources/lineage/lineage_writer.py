"""Write entities and associations: what the API's operations and the tracking of jobs share."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.backend import Backend
from local_test.service.resources.lineage.entities import LineageEntity
from local_test.service.resources.lineage.resource import (
    ARTIFACT,
    ASSOCIATION,
    make_artifact_id,
    make_association_id,
    make_group_arn,
)
from local_test.service.storage.records import Record


def start_entity(resource: ResourceType, region: str, fields: Mapping[str, Any]) -> Record:
    """Return the record of a new entity; `fields` are those of its Create request."""
    name = (
        make_artifact_id(fields["Source"])
        if resource == ARTIFACT
        else str(fields[resource.name_field])
    )
    time = now()
    return {
        **fields,
        resource.arn_field: resource.make_arn(region, name),
        "Properties": fields.get("Properties", {}),
        "CreationTime": time,
        "LastModifiedTime": time,
        "CreatedBy": {},
        "LastModifiedBy": {},
        "LineageGroupArn": make_group_arn(region),
    }


def add_entity(backend: Backend, region: str, resource: ResourceType, record: Record) -> str:
    """Add an entity and return its ARN. Raises ApiError when it exists."""
    arn, key = str(record[resource.arn_field]), resource.key_of(record)
    with backend.records.lock():
        if backend.records.find_arn(region, arn) is not None:
            what = record["Source"]["SourceUri"] if resource == ARTIFACT else arn
            raise invalid(f"{resource.kind} already exists: {what}. Use the present one, {arn}.")
        backend.records.add(resource, region, key, record)
    return arn


def ensure_entity(
    backend: Backend, region: str, resource: ResourceType, fields: Mapping[str, Any]
) -> str:
    """Return the ARN of the entity with these fields; create it if it does not exist."""
    record = start_entity(resource, region, fields)
    arn = str(record[resource.arn_field])
    with backend.records.lock():
        if backend.records.find_arn(region, arn) is None:
            backend.records.add(resource, region, resource.key_of(record), record)
    return arn


def add_association(
    backend: Backend, region: str, source: LineageEntity, destination: LineageEntity, kind: str
) -> None:
    """Associate two entities; `kind` is the type of the association, "" for none.

    Raises ApiError when they are associated.
    """
    key = make_association_id(source.arn, destination.arn)
    record: Record = {
        "AssociationArn": ASSOCIATION.make_arn(region, key),
        "SourceArn": source.arn,
        "DestinationArn": destination.arn,
        "SourceType": source.association_type,
        "DestinationType": destination.association_type,
        "CreationTime": now(),
        "CreatedBy": {},
    }
    if kind:
        record["AssociationType"] = kind
    with backend.records.lock():
        if has_association(backend, region, source.arn, destination.arn):
            raise invalid(
                f"Association already exists: from {source.arn} to {destination.arn}."
                " Delete it first to give it another type."
            )
        backend.records.add(ASSOCIATION, region, key, record)


def has_association(backend: Backend, region: str, source: str, destination: str) -> bool:
    """Return True if two ARNs are associated in this direction."""
    arn = ASSOCIATION.make_arn(region, make_association_id(source, destination))
    return backend.records.find_arn(region, arn) is not None
