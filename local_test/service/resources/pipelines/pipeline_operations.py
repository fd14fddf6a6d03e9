"""CreatePipeline, UpdatePipeline, DescribePipeline, DeletePipeline, ListPipelines."""

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate
from local_test.service.resources.pipelines.checks.definition_check import check_definition
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE, find_pipeline
from local_test.service.resources.pipelines.version_operations import (
    add_version,
    check_aliases,
    remove_versions,
    select_version,
)
from local_test.service.storage.records import Record

_ALIASES = "PipelineVersionAliases"
_RUNNING = {"Executing", "Stopping"}


def _find(backend: Backend, call: ApiCall) -> Record:
    return find_pipeline(backend, call.region, call.request[PIPELINE.name_field])


def _create(backend: Backend, call: ApiCall) -> Output:
    name, aliases = call.request[PIPELINE.name_field], call.request.get(_ALIASES, [])
    check_aliases(backend, call.region, None, aliases)
    record = start_record(
        PIPELINE, call.region, call.request | _read_definition(backend, call), now()
    )
    defaults = {"PipelineStatus": "Active", "PipelineDisplayName": name}
    with backend.records.lock():
        if _is_repeated(backend, call):
            return {PIPELINE.arn_field: record[PIPELINE.arn_field]}
        try:
            backend.records.add(PIPELINE, call.region, name, defaults | record)
        except ApiError as error:
            raise invalid(
                "Pipeline names must be unique within an AWS account and region."
                f" Pipeline with name ({name}) already exists."
            ) from error
        add_version(backend, call.region, record, aliases)
    return {PIPELINE.arn_field: record[PIPELINE.arn_field]}


def _is_repeated(backend: Backend, call: ApiCall) -> bool:
    """Return True if this very request has created the pipeline; a client may send it again."""
    try:
        record = backend.records.get(PIPELINE, call.region, call.request[PIPELINE.name_field])
    except ApiError:
        return False
    fields = call.request.keys() - {"PipelineDefinitionS3Location"}
    return all(record.get(field) == call.request[field] for field in fields)


def _update(backend: Backend, call: ApiCall) -> Output:
    changes = call.request | _read_definition(backend, call)
    name = _find(backend, call)[PIPELINE.name_field]
    del changes[PIPELINE.name_field]
    aliases = changes.pop(_ALIASES, [])
    if aliases and "PipelineDefinition" not in changes:
        raise invalid(
            f"{_ALIASES} are of a new version, and this update has no definition."
            " Use UpdatePipelineVersion."
        )
    with backend.records.lock():
        check_aliases(backend, call.region, _find(backend, call), aliases)
        record = backend.records.update(
            PIPELINE, call.region, name, **changes, LastModifiedTime=now()
        )
        number = record.get("LastVersionId")
        if "PipelineDefinition" in changes:
            number = add_version(backend, call.region, record, aliases)
    version = {} if number is None else {"PipelineVersionId": number}
    return {PIPELINE.arn_field: record[PIPELINE.arn_field]} | version


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = select_version(backend, call, _find(backend, call))
    return select_fields(record, call.output_shape)


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Remove a pipeline with its versions and executions, of which none may run.

    Source: API, DeletePipeline.
    """
    with backend.records.lock():
        record = _find(backend, call)
        arn = record[PIPELINE.arn_field]
        executions = [
            execution
            for _, execution in backend.records.list_all(EXECUTION, call.region)
            if execution[PIPELINE.arn_field] == arn
        ]
        if any(item[EXECUTION.status_field] in _RUNNING for item in executions):
            raise ApiError(
                "ConflictException",
                f"The pipeline has executions that have not ended: {arn}. Stop them first.",
            )
        for execution in executions:
            backend.records.remove(EXECUTION, call.region, EXECUTION.key_of(execution))
        remove_versions(backend, call.region, record)
        backend.records.remove(PIPELINE, call.region, record[PIPELINE.name_field])
    return {PIPELINE.arn_field: arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    prefix = call.request.get("PipelineNamePrefix", "")
    chosen, token = paginate(
        backend.records, PIPELINE, call.region, call.request, name_prefix=prefix
    )
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {PIPELINE.list_field: summaries} | ({"NextToken": token} if token else {})


def _read_definition(backend: Backend, call: ApiCall) -> Record:
    """Return the checked definition of a request, inline or from S3; {} if an update has none."""
    location = call.request.get("PipelineDefinitionS3Location")
    text = call.request.get("PipelineDefinition")
    if location:
        text = _read_object(backend, call.region, location)
    if text is None and call.operation == "UpdatePipeline":
        return {}
    if text is None:
        raise invalid(
            "The pipeline definition is missing: CreatePipeline. Give PipelineDefinition or "
            "PipelineDefinitionS3Location."
        )
    check_definition(text)
    return {"PipelineDefinition": text}


def _read_object(backend: Backend, region: str, location: Record) -> str:
    version = {"VersionId": location["VersionId"]} if "VersionId" in location else {}
    try:
        response = backend.aws.client("s3", region).get_object(
            Bucket=location["Bucket"], Key=location["ObjectKey"], **version
        )
        return str(response["Body"].read().decode())
    except (ClientError, UnicodeDecodeError) as error:
        where = f"s3://{location['Bucket']}/{location['ObjectKey']}"
        raise invalid(f"The pipeline definition cannot be read: {where}: {error}") from error


OPERATIONS: Operations = {
    "CreatePipeline": _create,
    "UpdatePipeline": _update,
    "DescribePipeline": _describe,
    "DeletePipeline": _delete,
    "ListPipelines": _list,
}
