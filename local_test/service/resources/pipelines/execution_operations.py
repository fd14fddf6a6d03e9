"""The operations on pipeline executions: start, describe and list."""

import secrets
import string
from datetime import UTC, datetime

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate, split_page
from local_test.service.resources.pipelines.control_operations import (
    find_execution,
    start_execution,
)
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.executions.experiments import enter_experiment
from local_test.service.resources.pipelines.executions.selection import copy_source_steps
from local_test.service.resources.pipelines.executions.step_values import StepValues
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE, find_pipeline
from local_test.service.resources.pipelines.version_operations import (
    enter_execution,
    select_version,
)
from local_test.service.storage.records import Record

_PASSED = (
    "PipelineDefinition",
    "ParallelismConfiguration",
    "PipelineVersionId",
    "PipelineVersionAliases",
    "RoleArn",
    PIPELINE.name_field,
    PIPELINE.arn_field,
)
"""What an execution has of its pipeline."""

_STEPS = 20
"""The steps of a page where the request does not say."""

_LETTERS = string.ascii_lowercase + string.digits


def _start(backend: Backend, call: ApiCall) -> Output:
    stored = find_pipeline(backend, call.region, call.request[PIPELINE.name_field])
    if "RoleArn" in call.request:
        raise invalid("RoleArn is not for a pipeline of your own: it has a role. Leave it out.")
    if (started := _find_repeated(backend, call, stored)) is not None:
        return {EXECUTION.arn_field: started[EXECUTION.arn_field]}
    pipeline = select_version(backend, call, stored)
    definition = parse_definition(pipeline["PipelineDefinition"])
    parameters = call.request.get("PipelineParameters", ())
    values = definition.fill_parameters({item["Name"]: item["Value"] for item in parameters})
    entries = copy_source_steps(backend, call.region, pipeline, definition.steps, call.request)
    name, time = "".join(secrets.choice(_LETTERS) for _ in range(12)), now()
    arn = f"{pipeline[PIPELINE.arn_field]}/execution/{name}"
    variables = _list_variables(pipeline, name, arn, time)
    record = {key: pipeline[key] for key in _PASSED if key in pipeline} | dict(call.request)
    record.setdefault("PipelineExecutionDisplayName", f"execution-{int(time * 1000)}")
    record |= {
        PIPELINE.name_field: pipeline[PIPELINE.name_field],
        EXECUTION.name_field: name,
        EXECUTION.arn_field: arn,
        EXECUTION.status_field: "Executing",
        "StartTime": time,
        "CreationTime": time,
        "LastModifiedTime": time,
        "Values": values,
        "Facts": variables,
        "Steps": entries,
        "PipelineParameters": list(parameters),
    }
    with backend.records.lock():
        record["PipelineExperimentConfig"] = enter_experiment(
            backend,
            call.region,
            definition.experiment,
            variables,
            StepValues(backend, call.region, record).resolve,
        )
        backend.records.add(EXECUTION, call.region, name, record)
        enter_execution(backend, call.region, pipeline, arn)
        times = {"LastRunTime": time, "LastExecutionTime": time}
        backend.records.update(PIPELINE, call.region, pipeline[PIPELINE.name_field], **times)
    start_execution(backend, call.region, name)
    return {EXECUTION.arn_field: arn}


def _list_variables(pipeline: Record, name: str, arn: str, time: float) -> dict[str, str]:
    """Return the variables of an execution that a definition can refer to."""
    return {
        "PipelineName": pipeline[PIPELINE.name_field],
        "PipelineArn": pipeline[PIPELINE.arn_field],
        "PipelineExecutionId": name,
        "PipelineExecutionArn": arn,
        "StartDateTime": datetime.fromtimestamp(time, UTC).isoformat(),
    }


def _find_repeated(backend: Backend, call: ApiCall, pipeline: Record) -> Record | None:
    """Return the execution that this very request has started, which a client may send again."""
    token = call.request.get("ClientRequestToken")
    for _, record in backend.records.list_all(EXECUTION, call.region) if token else ():
        same = record[PIPELINE.arn_field] == pipeline[PIPELINE.arn_field]
        if same and record.get("ClientRequestToken") == token:
            return record
    return None


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(find_execution(backend, call), call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    pipeline = find_pipeline(backend, call.region, call.request[PIPELINE.name_field])
    chosen, token = paginate(
        backend.records,
        EXECUTION,
        call.region,
        call.request,
        related=(PIPELINE.arn_field, pipeline[PIPELINE.arn_field]),
    )
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {EXECUTION.list_field: summaries} | ({"NextToken": token} if token else {})


def _list_steps(backend: Backend, call: ApiCall) -> Output:
    steps = find_execution(backend, call)["Steps"]
    newest_first = call.request.get("SortOrder", "Descending") == "Descending"
    page, token = split_page(steps[::-1] if newest_first else steps, call.request, _STEPS)
    chosen = [select_fields(entry, call.entry_shape) for entry in page]
    return {"PipelineExecutionSteps": chosen} | token


def _list_parameters(backend: Backend, call: ApiCall) -> Output:
    values = find_execution(backend, call)["Values"]
    entries = [{"Name": name, "Value": str(value)} for name, value in values.items()]
    page, token = split_page(entries, call.request, max(1, len(entries)))
    return {"PipelineParameters": page} | token


def _describe_definition(backend: Backend, call: ApiCall) -> Output:
    record = find_execution(backend, call)
    return {key: record[key] for key in ("PipelineDefinition", "CreationTime")}


OPERATIONS: Operations = {
    "StartPipelineExecution": _start,
    "DescribePipelineExecution": _describe,
    "ListPipelineExecutions": _list,
    "ListPipelineExecutionSteps": _list_steps,
    "ListPipelineParametersForExecution": _list_parameters,
    "DescribePipelineDefinitionForExecution": _describe_definition,
}
