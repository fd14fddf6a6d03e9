"""CreateModelCard, UpdateModelCard, DescribeModelCard, DeleteModelCard and the two lists."""

import json
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.model_cards.card_content import parse_content
from local_test.service.resources.model_cards.resource import (
    EXPORT_JOB,
    MODEL_CARD,
    find_card,
    find_version,
)
from local_test.service.resources.pagination import (
    paginate,
    read_interval,
    split_page,
)
from local_test.service.storage.records import Record

_METADATA = {
    "model_overview": ("model_id", "model_name"),
    "intended_uses": ("risk_rating",),
    "model_package_details": ("model_package_group_name", "model_package_arn"),
}
"""The fields of a content that are not confidential. Source: API, DescribeModelCard, `Content`."""


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = call.request, call.request["ModelCardName"]
    parse_content(request["Content"])
    time = now()
    version = _start_version(1, request["Content"], request["ModelCardStatus"], time)
    record = start_record(MODEL_CARD, call.region, request, time) | version
    record |= {"CreatedBy": {}, "LastModifiedBy": {}, "Versions": [version]}
    with backend.records.lock():
        arn = record[MODEL_CARD.arn_field]
        if backend.records.find_arn(call.region, arn) is not None:
            raise ApiError(
                "ConflictException",
                f"Model card already exists: {arn}. Update it or choose another name.",
            )
        backend.records.add(MODEL_CARD, call.region, name, record)
    return {MODEL_CARD.arn_field: arn}


def _update(backend: Backend, call: ApiCall) -> Output:
    """Add a version with other content, or give the last version another status.

    Source: API, UpdateModelCard (not both in one call) and ModelCardStatus (the content of an
    archived card stays); Developer Guide, 'Edit a model card': a change of the status alone is no
    version.
    """
    request = call.request
    if ("Content" in request) == ("ModelCardStatus" in request):
        raise invalid("Content and ModelCardStatus are not updated in one call. Give one of them.")
    if "Content" in request:
        parse_content(request["Content"])
    with backend.records.lock():
        record = find_card(backend, call.region, request["ModelCardName"])
        time, versions = now(), record["Versions"]
        if "Content" in request:
            if record["ModelCardStatus"] == "Archived":
                raise ApiError(
                    "ConflictException",
                    f"Model Card is in Archived state: {record['ModelCardArn']}."
                    " Give it another status first.",
                )
            number = versions[-1]["ModelCardVersion"] + 1
            version = _start_version(number, request["Content"], record["ModelCardStatus"], time)
            versions = [*versions, version]
        else:
            version = versions[-1] | {
                "ModelCardStatus": request["ModelCardStatus"],
                "LastModifiedTime": time,
            }
            versions = [*versions[:-1], version]
        changes = {name: version[name] for name in version if name != "CreationTime"}
        changes |= {"LastModifiedTime": time, "LastModifiedBy": {}, "Versions": versions}
        backend.records.update(MODEL_CARD, call.region, MODEL_CARD.key_of(record), **changes)
    return {MODEL_CARD.arn_field: record[MODEL_CARD.arn_field]}


def _start_version(number: int, content: str, status: str, time: float) -> Record:
    return {
        "ModelCardVersion": number,
        "Content": content,
        "ModelCardStatus": status,
        "CreationTime": time,
        "LastModifiedTime": time,
    }


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find_card(backend, call.region, call.request["ModelCardName"])
    version = find_version(record, call.request.get("ModelCardVersion"))
    output = select_fields({**record, **version}, call.output_shape)
    if call.request.get("IncludedData") == "MetadataOnly":
        output["Content"] = json.dumps(_sanitize(json.loads(output["Content"])))
    return output | {"CreationTime": record["CreationTime"]}


def _sanitize(content: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a content that is not confidential."""
    parts = {
        part: {name: content[part][name] for name in names if name in content[part]}
        for part, names in _METADATA.items()
        if part in content
    }
    return {part: values for part, values in parts.items() if values}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete a card with all versions and export jobs; exported files stay in S3."""
    with backend.records.lock():
        record = find_card(backend, call.region, call.request["ModelCardName"])
        jobs = [
            job
            for _, job in backend.records.list_all(EXPORT_JOB, call.region)
            if job["ModelCardName"] == record["ModelCardName"]
        ]
        if any(job["Status"] == "InProgress" for job in jobs):
            raise ApiError(
                "ConflictException",
                f"Model card is being exported: {record['ModelCardArn']}."
                " Delete it when its export jobs have ended.",
            )
        for job in jobs:
            backend.records.remove(EXPORT_JOB, call.region, EXPORT_JOB.key_of(job))
        backend.records.remove(MODEL_CARD, call.region, MODEL_CARD.key_of(record))
    return {}


def _list(backend: Backend, call: ApiCall) -> Output:
    status = call.request.get("ModelCardStatus")
    request = {**call.request, **({"StatusEquals": status} if status else {})}
    page, token = paginate(backend.records, MODEL_CARD, call.region, request)
    summaries = [select_fields(record, call.entry_shape) for record in page]
    return {MODEL_CARD.list_field: summaries} | ({"NextToken": token} if token else {})


def _list_versions(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    record = find_card(backend, call.region, request["ModelCardName"])
    earliest, latest = read_interval(request, "CreationTime")
    status = request.get("ModelCardStatus")
    versions = [
        one
        for one in record["Versions"]
        if status is None or one["ModelCardStatus"] == status
        if earliest is None or one["CreationTime"] > earliest
        if latest is None or one["CreationTime"] < latest
    ]
    if request.get("SortOrder", "Descending") == "Descending":
        versions.reverse()
    page, token = split_page(versions, request)
    named = {name: record[name] for name in (MODEL_CARD.name_field, MODEL_CARD.arn_field)}
    summaries = [select_fields({**named, **one}, call.entry_shape) for one in page]
    return {"ModelCardVersionSummaryList": summaries, **token}


CARD_OPERATIONS: Operations = {
    "CreateModelCard": _create,
    "UpdateModelCard": _update,
    "DescribeModelCard": _describe,
    "DeleteModelCard": _delete,
    "ListModelCards": _list,
    "ListModelCardVersions": _list_versions,
}
