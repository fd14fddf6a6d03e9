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
from local_test.service.resources.pipelines.resource import PIPELINE
from local_test.service.storage.records import Record


def find_pipeline(backend: Backend, call: ApiCall) -> Record:
    """Return the pipeline of a request, which has its name or its ARN.

    Raises ApiError when it does not exist.
    """
    name = call.request[PIPELINE.name_field].rpartition("/")[2]
    try:
        return backend.records.get(PIPELINE, call.region, name)
    except ApiError as error:
        address = PIPELINE.make_arn(call.region, name)
        raise ApiError("ResourceNotFound", f"Pipeline '{address}' does not exist.") from error


def _create(backend: Backend, call: ApiCall) -> Output:
    name = call.request[PIPELINE.name_field]
    record = start_record(
        PIPELINE, call.region, call.request | _read_definition(backend, call), now()
    )
    defaults = {"PipelineStatus": "Active", "PipelineDisplayName": name}
    try:
        backend.records.add(PIPELINE, call.region, name, defaults | record)
    except ApiError as error:
        raise invalid(
            "Pipeline names must be unique within an AWS account and region."
            f" Pipeline with name ({name}) already exists."
        ) from error
    return {PIPELINE.arn_field: record[PIPELINE.arn_field]}


def _update(backend: Backend, call: ApiCall) -> Output:
    record = find_pipeline(backend, call)
    changes = call.request | _read_definition(backend, call)
    del changes[PIPELINE.name_field]
    backend.records.update(
        PIPELINE, call.region, record[PIPELINE.name_field], **changes, LastModifiedTime=now()
    )
    return {PIPELINE.arn_field: record[PIPELINE.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(find_pipeline(backend, call), call.output_shape)


def _delete(backend: Backend, call: ApiCall) -> Output:
    record = find_pipeline(backend, call)
    backend.records.remove(PIPELINE, call.region, record[PIPELINE.name_field])
    return {PIPELINE.arn_field: record[PIPELINE.arn_field]}


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
    check_definition(text or "")
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
