"""StartPipelineExecution, its Stop, Describe and Lists; SendPipelineExecutionStep* are not done."""

import secrets
import string
from datetime import UTC, datetime

from local_test.service.api.api_errors import Fault, invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import filtered
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Answer, Operations
from local_test.service.resources.lifecycle import launch
from local_test.service.resources.pagination import page
from local_test.service.resources.pipelines.definition import parse
from local_test.service.resources.pipelines.execution import Execution
from local_test.service.resources.pipelines.pipeline_operations import find
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.resources.pipelines.step_types import NAMES
from local_test.service.storage.records import Record

_LETTERS = string.ascii_lowercase + string.digits


def _start(backend: Backend, call: Call) -> Answer:
    pipeline, time = find(backend, call), now()
    if call.request.get("SelectiveExecutionConfig"):
        raise invalid("SelectiveExecutionConfig is not done here.")
    definition = parse(pipeline["PipelineDefinition"])
    for step in definition.steps.values():
        if step.kind not in NAMES:
            raise invalid(f"The step {step.name} is of the type {step.kind}, not run here.")
    given = call.request.get("PipelineParameters", ())
    values = definition.values({item["Name"]: item["Value"] for item in given})
    name = "".join(secrets.choice(_LETTERS) for _ in range(12))
    arn = f"{pipeline[PIPELINE.arn]}/execution/{name}"
    facts = {
        "PipelineName": pipeline[PIPELINE.name],
        "PipelineArn": pipeline[PIPELINE.arn],
        "PipelineExecutionId": name,
        "PipelineExecutionArn": arn,
        "StartDateTime": datetime.fromtimestamp(time, UTC).isoformat(),
    }
    passed = ("PipelineDefinition", "ParallelismConfiguration", PIPELINE.name, PIPELINE.arn)
    record = {key: pipeline[key] for key in passed if key in pipeline} | dict(call.request)
    record |= {EXECUTION.name: name, EXECUTION.arn: arn, EXECUTION.status: "Executing"}
    record |= {"StartTime": time, "CreationTime": time, "LastModifiedTime": time}
    record |= {"Values": values, "Facts": facts, "Steps": [], "PipelineParameters": list(given)}
    record[PIPELINE.name] = pipeline[PIPELINE.name]
    backend.records.add(EXECUTION, call.region, name, record)
    launch(backend, EXECUTION, call.region, name, Execution(backend, call.region, name).run)
    return {EXECUTION.arn: arn}


def _found(backend: Backend, call: Call) -> Record:
    address = call.request[EXECUTION.arn]
    try:
        return backend.records.get(EXECUTION, call.region, address.rpartition("/")[2])
    except Fault as error:
        raise Fault(
            "ResourceNotFound", f"Pipeline execution with ARN {address} does not exist."
        ) from error


def _describe(backend: Backend, call: Call) -> Answer:
    return filtered(_found(backend, call), call.output)


def _stop(backend: Backend, call: Call) -> Answer:
    with backend.records.lock():
        record = _found(backend, call)
        name = record[EXECUTION.name]
        if record[EXECUTION.status] != "Executing":
            raise invalid(f"The pipeline execution is in status {record[EXECUTION.status]}.")
        backend.records.update(EXECUTION, call.region, name, **{EXECUTION.status: "Stopping"})
    backend.threads.stop(EXECUTION.key(call.region, name))
    return {EXECUTION.arn: record[EXECUTION.arn]}


def _list(backend: Backend, call: Call) -> Answer:
    pipeline = find(backend, call)[PIPELINE.arn]
    records = [record for _, record in backend.records.every(EXECUTION, call.region)]
    of_it = [record for record in records if record[PIPELINE.arn] == pipeline]
    chosen, token = page(of_it, EXECUTION, call.request)
    summaries = [filtered(record, call.listed) for record in chosen]
    return {EXECUTION.listed: summaries} | ({"NextToken": token} if token else {})


def _steps(backend: Backend, call: Call) -> Answer:
    steps = _found(backend, call)["Steps"]
    newest_first = call.request.get("SortOrder", "Descending") == "Descending"
    start = int(call.request.get("NextToken", 0))
    end = start + int(call.request.get("MaxResults", 20))
    found = (steps[::-1] if newest_first else steps)[start:end]
    token = {"NextToken": str(end)} if end < len(steps) else {}
    return {"PipelineExecutionSteps": found} | token


def _parameters(backend: Backend, call: Call) -> Answer:
    values = _found(backend, call)["Values"]
    return {"PipelineParameters": [{"Name": n, "Value": str(v)} for n, v in values.items()]}


def _definition(backend: Backend, call: Call) -> Answer:
    record = _found(backend, call)
    return {key: record[key] for key in ("PipelineDefinition", "CreationTime")}


OPERATIONS: Operations = {
    "StartPipelineExecution": _start,
    "StopPipelineExecution": _stop,
    "DescribePipelineExecution": _describe,
    "ListPipelineExecutions": _list,
    "ListPipelineExecutionSteps": _steps,
    "ListPipelineParametersForExecution": _parameters,
    "DescribePipelineDefinitionForExecution": _definition,
}
