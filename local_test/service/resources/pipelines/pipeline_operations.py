"""CreatePipeline, UpdatePipeline, DescribePipeline, DeletePipeline, ListPipelines."""

from local_test.service.api.api_errors import Fault, invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import begun, now
from local_test.service.api.service_model import filtered
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Answer, Operations
from local_test.service.resources.pagination import page
from local_test.service.resources.pipelines.definition import parse
from local_test.service.resources.pipelines.resource import PIPELINE
from local_test.service.storage.records import Record


def find(backend: Backend, call: Call) -> Record:
    """Return the pipeline a call names; the API takes its ARN too."""
    name = call.request[PIPELINE.name].rpartition("/")[2]
    try:
        return backend.records.get(PIPELINE, call.region, name)
    except Fault as error:
        address = PIPELINE.address(call.region, name)
        raise Fault("ResourceNotFound", f"Pipeline '{address}' does not exist.") from error


def _create(backend: Backend, call: Call) -> Answer:
    name = call.request[PIPELINE.name]
    record = begun(PIPELINE, call.region, call.request | _definition(backend, call), now())
    told = {"PipelineStatus": "Active", "PipelineDisplayName": name}
    try:
        backend.records.add(PIPELINE, call.region, name, told | record)
    except Fault as error:
        raise invalid(
            "Pipeline names must be unique within an AWS account and region."
            f" Pipeline with name ({name}) already exists."
        ) from error
    return {PIPELINE.arn: record[PIPELINE.arn]}


def _update(backend: Backend, call: Call) -> Answer:
    record = find(backend, call)
    changes = call.request | _definition(backend, call)
    del changes[PIPELINE.name]
    backend.records.update(
        PIPELINE, call.region, record[PIPELINE.name], **changes, LastModifiedTime=now()
    )
    return {PIPELINE.arn: record[PIPELINE.arn]}


def _describe(backend: Backend, call: Call) -> Answer:
    return filtered(find(backend, call), call.output)


def _delete(backend: Backend, call: Call) -> Answer:
    record = find(backend, call)
    backend.records.remove(PIPELINE, call.region, record[PIPELINE.name])
    return {PIPELINE.arn: record[PIPELINE.arn]}


def _list(backend: Backend, call: Call) -> Answer:
    prefix = call.request.get("PipelineNamePrefix", "")
    records = [record for _, record in backend.records.every(PIPELINE, call.region)]
    named = [record for record in records if record[PIPELINE.name].startswith(prefix)]
    chosen, token = page(named, PIPELINE, call.request)
    summaries = [filtered(record, call.listed) for record in chosen]
    return {PIPELINE.listed: summaries} | ({"NextToken": token} if token else {})


def _definition(backend: Backend, call: Call) -> Record:
    """Read and check the definition a request has, itself or in S3; empty where it has none."""
    place = call.request.get("PipelineDefinitionS3Location")
    text = call.request.get("PipelineDefinition")
    if place:
        store = backend.aws.client("s3", call.region)
        found = store.get_object(Bucket=place["Bucket"], Key=place["ObjectKey"])
        text = found["Body"].read().decode()
    if text is None and call.operation == "UpdatePipeline":
        return {}
    parse(text or "")
    return {"PipelineDefinition": text}


OPERATIONS: Operations = {
    "CreatePipeline": _create,
    "UpdatePipeline": _update,
    "DescribePipeline": _describe,
    "DeletePipeline": _delete,
    "ListPipelines": _list,
}
