"""Versions of a pipeline: each definition that CreatePipeline or UpdatePipeline has kept.

Source: API, ListPipelineVersions and UpdatePipelineVersion.
"""

from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate
from local_test.service.resources.pipelines.resource import PIPELINE, find_pipeline
from local_test.service.storage.records import Record

_ID = "PipelineVersionId"
_DEFINITION = "PipelineDefinition"


def _make_key(record: Record) -> str:
    return f"{record[PIPELINE.name_field]}/{record[_ID]:08}"


VERSION = ResourceType(
    "PipelineVersion",
    "pipeline-version",
    "PipelineVersionSummaries",
    "pipeline version",
    tagged=False,
    find_key=_make_key,
)


def add_version(backend: Backend, region: str, pipeline: Record) -> int:
    """Keep the definition of a pipeline as its next version, and return the version's number.

    The caller holds the lock.
    """
    number = int(pipeline.get("LastVersionId", 0)) + 1
    name, arn = pipeline[PIPELINE.name_field], pipeline[PIPELINE.arn_field]
    record = {
        _ID: number,
        PIPELINE.name_field: name,
        PIPELINE.arn_field: arn,
        VERSION.arn_field: f"{arn}/version/{number}",
        "CreationTime": now(),
        _DEFINITION: pipeline[_DEFINITION],
    }
    backend.records.add(VERSION, region, _make_key(record), record)
    backend.records.update(PIPELINE, region, name, LastVersionId=number)
    return number


def find_version(backend: Backend, region: str, pipeline: Record, number: int) -> Record:
    """Return a version of a pipeline. Raises ApiError when it does not exist."""
    key = _make_key({PIPELINE.name_field: pipeline[PIPELINE.name_field], _ID: number})
    try:
        return backend.records.get(VERSION, region, key)
    except ApiError as error:
        arn = pipeline[PIPELINE.arn_field]
        raise ApiError(
            "ResourceNotFound", f"Pipeline '{arn}' has no version {number}: {_ID}."
        ) from error


def select_version(backend: Backend, call: ApiCall, pipeline: Record) -> Record:
    """Return a pipeline with the definition of the version that a request names, if it does."""
    number = call.request.get(_ID)
    if number is None:
        return pipeline | {_ID: pipeline.get("LastVersionId")}
    version = find_version(backend, call.region, pipeline, number)
    named = {field: value for field, value in version.items() if field in _NAMES}
    return pipeline | named | {_DEFINITION: version[_DEFINITION], _ID: number}


_NAMES = ("PipelineVersionDisplayName", "PipelineVersionDescription")


def remove_versions(backend: Backend, region: str, pipeline: Record) -> None:
    """Remove all versions of a pipeline."""
    for number in range(1, int(pipeline.get("LastVersionId", 0)) + 1):
        key = _make_key({PIPELINE.name_field: pipeline[PIPELINE.name_field], _ID: number})
        backend.records.remove(VERSION, region, key)


def enter_execution(backend: Backend, region: str, pipeline: Record, arn: str) -> None:
    """Enter the last execution of the version that `select_version` returned."""
    if pipeline[_ID] is not None:
        changes: dict[str, Any] = {"LastExecutionPipelineExecutionArn": arn}
        backend.records.update(VERSION, region, _make_key(pipeline), **changes)


def _list(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call.region, call.request[PIPELINE.name_field])
    chosen, token = paginate(
        backend.records,
        VERSION,
        call.region,
        call.request,
        related=(PIPELINE.arn_field, pipeline[PIPELINE.arn_field]),
    )
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {VERSION.list_field: summaries} | ({"NextToken": token} if token else {})


def _update(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call.region, call.request[PIPELINE.arn_field])
    version = find_version(backend, call.region, pipeline, call.request[_ID])
    changes = {name: call.request[name] for name in _NAMES if name in call.request}
    backend.records.update(VERSION, call.region, _make_key(version), **changes)
    return {PIPELINE.arn_field: pipeline[PIPELINE.arn_field], _ID: version[_ID]}


OPERATIONS: Operations = {"ListPipelineVersions": _list, "UpdatePipelineVersion": _update}
