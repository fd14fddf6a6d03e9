"""CreateModelCardExportJob, DescribeModelCardExportJob and ListModelCardExportJobs."""

import threading
from functools import partial
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.model_cards.resource import (
    EXPORT_JOB,
    describe_export,
    find_card,
    find_version,
    name_export,
)
from local_test.service.resources.pagination import read_interval, split_page
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri

_JOB, _ARN = "ModelCardExportJobName", "ModelCardExportJobArn"


def _create(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    parse_uri(request["OutputConfig"]["S3OutputPath"])
    with backend.records.lock():
        card = find_card(backend, call.region, request["ModelCardName"])
        version = find_version(card, request.get("ModelCardVersion"))
        name, time = card["ModelCardName"], now()
        key = name_export(name, request[_JOB])
        arn = EXPORT_JOB.make_arn(call.region, key)
        if backend.records.find_arn(call.region, arn) is not None:
            raise ApiError(
                "ConflictException",
                f"Model card export job already exists: {arn}. Choose another name.",
            )
        record: Record = {
            _JOB: request[_JOB],
            _ARN: arn,
            "ModelCardName": name,
            "ModelCardVersion": version["ModelCardVersion"],
            "OutputConfig": request["OutputConfig"],
            "CreatedAt": time,
            "CreationTime": time,
            **describe_export("InProgress", time),
        }
        backend.records.add(EXPORT_JOB, call.region, key, record)
    work = partial(_export, backend, call.region, key, version)
    start_work(backend, EXPORT_JOB, call.region, key, work)
    return {_ARN: arn}


def _export(
    backend: Backend, region: str, key: str, version: Record, _stop: threading.Event
) -> None:
    """Write a version as PDF and as HTML to S3; the outcome goes into the job's record."""
    # fpdf2 takes a second to be imported.
    from local_test.service.resources.model_cards.card_export import (
        make_document,
        render_html,
        render_pdf,
    )

    record = backend.records.get(EXPORT_JOB, region, key)
    folder = record["OutputConfig"]["S3OutputPath"].rstrip("/")
    place = f"{folder}/{record['ModelCardName']}-{version['ModelCardVersion']}-{record[_JOB]}"
    document = make_document(record["ModelCardName"], version)
    try:
        storage = backend.storage(region)
        storage.write(render_html(document), parse_uri(f"{place}.html"), "text/html")
        storage.write(render_pdf(document), parse_uri(f"{place}.pdf"), "application/pdf")
    except (LocalError, OSError) as error:
        changes = describe_export("Failed", now(), failure_reason(error))
    else:
        changes = describe_export("Completed", now())
        changes["ExportArtifacts"] = {"S3ExportArtifacts": f"{place}.pdf"}
    backend.records.update(EXPORT_JOB, region, key, **changes)


def _describe(backend: Backend, call: ApiCall) -> Output:
    arn = call.request[_ARN]
    kind, key = backend.records.find_arn(call.region, arn.lower()) or ("", "")
    if kind != EXPORT_JOB.kind:
        raise ApiError(
            "ResourceNotFound", f"Model card export job does not exist: {arn}. Check the ARN."
        )
    return select_fields(backend.records.get(EXPORT_JOB, call.region, key), call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    order = {"Name": _JOB, "Status": "Status"}.get(request.get("SortBy", ""), "CreatedAt")
    jobs = sorted(
        _list_matching(backend, call.region, request),
        key=lambda job: (job[order], job[_JOB]),
        reverse=request.get("SortOrder", "Descending") == "Descending",
    )
    page, token = split_page(jobs, request)
    summaries = [select_fields(job, call.entry_shape) for job in page]
    return {EXPORT_JOB.list_field: summaries, **token}


def _list_matching(backend: Backend, region: str, request: dict[str, Any]) -> list[Record]:
    earliest, latest = read_interval(request, "CreationTime")
    part = request.get("ModelCardExportJobNameContains", "").lower()
    equal = {
        name: request[field]
        for field, name in (
            ("ModelCardName", "ModelCardName"),
            ("ModelCardVersion", "ModelCardVersion"),
            ("StatusEquals", "Status"),
        )
        if field in request
    }
    return [
        job
        for _, job in backend.records.list_all(EXPORT_JOB, region)
        if all(job[name] == value for name, value in equal.items())
        if part in job[_JOB].lower()
        if earliest is None or job["CreatedAt"] > earliest
        if latest is None or job["CreatedAt"] < latest
    ]


EXPORT_OPERATIONS: Operations = {
    "CreateModelCardExportJob": _create,
    "DescribeModelCardExportJob": _describe,
    "ListModelCardExportJobs": _list,
}
