"""The operations on pipeline executions: start, stop, describe and list."""

import secrets
import string
from datetime import UTC, datetime

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.pagination import paginate, split_page
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.execution import PipelineExecution
from local_test.service.resources.pipelines.pipeline_operations import find_pipeline
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.storage.records import Record

_STEPS = 20
"""The steps of a page where the request does not say."""

_LETTERS = string.ascii_lowercase + string.digits


def _start(backend: Backend, call: ApiCall) -> Output:
    pipeline, time = find_pipeline(backend, call), now()
    if call.request.get("SelectiveExecutionConfig"):
        raise invalid("SelectiveExecutionConfig is not done here.")
    if (started := _find_repeated(backend, call, pipeline)) is not None:
        return {EXECUTION.arn_field: started[EXECUTION.arn_field]}
    definition = parse_definition(pipeline["PipelineDefinition"])
    parameters = call.request.get("PipelineParameters", ())
    values = definition.fill_parameters({item["Name"]: item["Value"] for item in parameters})
    name = "".join(secrets.choice(_LETTERS) for _ in range(12))
    arn = f"{pipeline[PIPELINE.arn_field]}/execution/{name}"
    facts = {
        "PipelineName": pipeline[PIPELINE.name_field],
        "PipelineArn": pipeline[PIPELINE.arn_field],
        "PipelineExecutionId": name,
        "PipelineExecutionArn": arn,
        "StartDateTime": datetime.fromtimestamp(time, UTC).isoformat(),
    }
    passed = (
        "PipelineDefinition",
        "ParallelismConfiguration",
        PIPELINE.name_field,
        PIPELINE.arn_field,
    )
    record = {key: pipeline[key] for key in passed if key in pipeline} | dict(call.request)
    record |= {
        EXECUTION.name_field: name,
        EXECUTION.arn_field: arn,
        EXECUTION.status_field: "Executing",
    }
    record |= {"StartTime": time, "CreationTime": time, "LastModifiedTime": time}
    record |= {
        "Values": values,
        "Facts": facts,
        "Steps": [],
        "PipelineParameters": list(parameters),
    }
    record[PIPELINE.name_field] = pipeline[PIPELINE.name_field]
    backend.records.add(EXECUTION, call.region, name, record)
    start_work(
        backend, EXECUTION, call.region, name, PipelineExecution(backend, call.region, name).run
    )
    return {EXECUTION.arn_field: arn}


def _find_repeated(backend: Backend, call: ApiCall, pipeline: Record) -> Record | None:
    """Return the execution that this very request has started, which a client may send again."""
    token = call.request.get("ClientRequestToken")
    for _, record in backend.records.list_all(EXECUTION, call.region) if token else ():
        same = record[PIPELINE.arn_field] == pipeline[PIPELINE.arn_field]
        if same and record.get("ClientRequestToken") == token:
            return record
    return None


def _find_execution(backend: Backend, call: ApiCall) -> Record:
    arn = call.request.get(EXECUTION.arn_field)
    if arn is None:
        raise invalid(f"{EXECUTION.arn_field} is missing: {call.operation}. Give the ARN.")
    try:
        return backend.records.get(EXECUTION, call.region, arn.rpartition("/")[2])
    except ApiError as error:
        raise ApiError(
            "ResourceNotFound", f"Pipeline execution with ARN {arn} does not exist."
        ) from error


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(_find_execution(backend, call), call.output_shape)


def _stop(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = _find_execution(backend, call)
        name = record[EXECUTION.name_field]
        if record[EXECUTION.status_field] != "Executing":
            raise invalid(f"The pipeline execution is in status {record[EXECUTION.status_field]}.")
        backend.records.update(EXECUTION, call.region, name, **{EXECUTION.status_field: "Stopping"})
    backend.threads.stop(EXECUTION.work_key(call.region, name))
    return {EXECUTION.arn_field: record[EXECUTION.arn_field]}


def _list(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call)[PIPELINE.arn_field]
    chosen, token = paginate(
        backend.records,
        EXECUTION,
        call.region,
        call.request,
        related=(PIPELINE.arn_field, pipeline),
    )
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {EXECUTION.list_field: summaries} | ({"NextToken": token} if token else {})


def _list_steps(backend: Backend, call: ApiCall) -> Output:
    steps = _find_execution(backend, call)["Steps"]
    newest_first = call.request.get("SortOrder", "Descending") == "Descending"
    page, token = split_page(steps[::-1] if newest_first else steps, call.request, _STEPS)
    chosen = [select_fields(entry, call.entry_shape) for entry in page]
    return {"PipelineExecutionSteps": chosen} | token


def _list_parameters(backend: Backend, call: ApiCall) -> Output:
    values = _find_execution(backend, call)["Values"]
    entries = [{"Name": name, "Value": str(value)} for name, value in values.items()]
    page, token = split_page(entries, call.request, max(1, len(entries)))
    return {"PipelineParameters": page} | token


def _describe_definition(backend: Backend, call: ApiCall) -> Output:
    record = _find_execution(backend, call)
    return {key: record[key] for key in ("PipelineDefinition", "CreationTime")}


OPERATIONS: Operations = {
    "StartPipelineExecution": _start,
    "StopPipelineExecution": _stop,
    "DescribePipelineExecution": _describe,
    "ListPipelineExecutions": _list,
    "ListPipelineExecutionSteps": _list_steps,
    "ListPipelineParametersForExecution": _list_parameters,
    "DescribePipelineDefinitionForExecution": _describe_definition,
}
