"""Start, describe, list and stop queries."""

import uuid
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import WRITING, StatementKind, find_kind
from local_test.service.resources.athena.parameters import Preparation, read_prepared
from local_test.service.resources.athena.prepared_query import resolve_query
from local_test.service.resources.athena.query_run import RUNNING, start_query
from local_test.service.resources.athena.query_times import measure_times
from local_test.service.resources.athena.resource import QUERY_EXECUTION, find_query, refuse
from local_test.service.resources.athena.result_rows import read_results
from local_test.service.resources.athena.statements.manifest import find_manifest
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

_DEFAULT, _PRIMARY = "default", "primary"
_PREPARES = StatementKind("DDL", "", ".txt")
_TOKENS = uuid.UUID("6c2f4f0e-6d0a-4a54-9d4c-3f6f0b0a7e15")


def _start(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    if request.get("EngineConfiguration"):
        raise refuse("EngineConfiguration is not supported by the local service. Leave it out.")
    query_id = _choose_id(call)
    with backend.records.lock():
        try:
            found = backend.records.get(QUERY_EXECUTION, call.region, query_id)
        except ApiError:
            record = _make_record(backend, call, query_id)
            backend.records.add(QUERY_EXECUTION, call.region, query_id, record)
        else:
            if (found["Query"], found.get("Parameters")) != _read_query(call):
                raise refuse("Idempotent parameters do not match. Send another ClientRequestToken.")
            return {"QueryExecutionId": query_id}
    start_query(backend, call.region, record)
    return {"QueryExecutionId": query_id}


def _read_query(call: ApiCall) -> tuple[str, Any]:
    """Return a request's query and its parameters, None without them."""
    return call.request["QueryString"], call.request.get("ExecutionParameters")


def _choose_id(call: ApiCall) -> str:
    """Return the id of a query; a repeated request, with the same token, has the same one."""
    token = call.request.get("ClientRequestToken")
    return str(uuid.uuid4() if token is None else uuid.uuid5(_TOKENS, f"{call.region} {token}"))


def _make_record(backend: Backend, call: ApiCall, query_id: str) -> Record:
    from local_test.service.query.sql_parser import parse_statement

    request, context = call.request, call.request.get("QueryExecutionContext", {})
    database = context.get("Database", _DEFAULT).lower().strip("`")
    workgroup = request.get("WorkGroup", _PRIMARY)
    kind, sql = StatementKind("DML", "", ".csv"), request["QueryString"]
    parameters = request.get("ExecutionParameters")
    try:
        sql = resolve_query(backend, call.region, workgroup, sql, parameters or ())
        prepares = isinstance(read_prepared(sql), Preparation)
        kind = _PREPARES if prepares else find_kind(parse_statement(sql, database))
    except (QueryFailed, ApiError) as error:  # the query fails when it runs
        refusal = str(error)
    else:
        refusal = ""
    output, enforced = _find_output(backend, call, workgroup)
    folders = ("tables",) if kind.detail == "CREATE_TABLE_AS_SELECT" else ()
    time = now()
    return {
        "QueryExecutionId": query_id,
        QUERY_EXECUTION.arn_field: QUERY_EXECUTION.make_arn(call.region, query_id),
        "QueryExecutionStatus": "QUEUED",
        "CreationTime": time,
        "LastModifiedTime": time,
        "Query": request["QueryString"],
        "Sql": sql,
        "Refusal": refusal,
        "ResultReuse": request.get("ResultReuseConfiguration", {}),
        **({} if parameters is None else {"Parameters": parameters}),
        "StatementType": kind.type,
        "SubstatementType": kind.detail,
        "Database": database,
        "Context": context,
        "WorkGroup": workgroup,
        "OutputLocation": str(output.join(*folders, f"{query_id}{kind.suffix}")),
        "LocationEnforced": enforced,
    }


def _find_output(backend: Backend, call: ApiCall, workgroup: str) -> tuple[S3Uri, bool]:
    """Return where the result is written, and whether the workgroup alone decides it.

    It is written where the request says, or else the workgroup.

    Raises ApiError when neither says it, or the workgroup does not exist.
    """
    asked = call.request.get("ResultConfiguration", {}).get("OutputLocation")
    try:
        athena = backend.moto_client("athena", call.region)
        found = athena.get_work_group(WorkGroup=workgroup)["WorkGroup"]
    except (ClientError, KeyError) as error:
        raise refuse(f"WorkGroup {workgroup} is not found. Create it first.") from error
    config = found.get("Configuration", {})
    if found.get("State") == "DISABLED":
        raise refuse(f"WorkGroup {workgroup} is disabled. Enable it first.")
    default = config.get("ResultConfiguration", {}).get("OutputLocation")
    enforced = bool(config.get("EnforceWorkGroupConfiguration", False) and default)
    location = default if enforced or asked is None else asked
    if not location:
        raise refuse("No output location provided. Give an OutputLocation in ResultConfiguration.")
    try:
        return parse_uri(location), enforced
    except UserError as error:
        raise refuse(f"OutputLocation is not a valid S3 path: {location}.") from error


def _get(backend: Backend, call: ApiCall) -> Output:
    record = find_query(backend, call.region, call.request["QueryExecutionId"])
    return {"QueryExecution": _describe(record)}


def _batch_get(backend: Backend, call: ApiCall) -> Output:
    found, missing = list[Output](), list[Output]()
    for query_id in call.request["QueryExecutionIds"]:
        try:
            found.append(_describe(find_query(backend, call.region, query_id)))
        except ApiError as error:
            about = {"QueryExecutionId": query_id, "ErrorCode": error.code}
            missing.append({**about, "ErrorMessage": error.message})
    return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}


def _describe(record: Record) -> dict[str, Any]:
    state = record["QueryExecutionStatus"]
    status: dict[str, Any] = {"State": state, "SubmissionDateTime": record["CreationTime"]}
    if "CompletionTime" in record:
        status["CompletionDateTime"] = record["CompletionTime"]
    if "StateChangeReason" in record:
        status["StateChangeReason"] = record["StateChangeReason"]
    if state == "FAILED":
        message = record["StateChangeReason"]
        status["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 1006, "ErrorMessage": message}
    reused = {"ReusedPreviousResult": record.get("IsReused", False)}
    parameters = {"ExecutionParameters": record.get("Parameters", ())}
    reuse = {"ResultReuseConfiguration": record.get("ResultReuse", {})}
    kind = record.get("SubstatementType")
    manifest = {"DataManifestLocation": str(find_manifest(record["OutputLocation"]))}
    return {
        "QueryExecutionId": record["QueryExecutionId"],
        "Query": record["Query"],
        "StatementType": record["StatementType"],
        **({"SubstatementType": kind} if kind else {}),
        "ResultConfiguration": {"OutputLocation": record["OutputLocation"]},
        "QueryExecutionContext": record["Context"],
        "Status": status,
        "Statistics": {
            **measure_times(record),
            "DataScannedInBytes": record.get("ScannedBytes", 0),
            "ResultReuseInformation": reused,
            **(manifest if kind in WRITING and state == "SUCCEEDED" else {}),
        },
        **{name: value for name, value in (parameters | reuse).items() if value},
        "WorkGroup": record["WorkGroup"],
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
    }


def _list(backend: Backend, call: ApiCall) -> Output:
    """List the queries of a workgroup, the newest first."""
    request = {"MaxResults": 50, **call.request, "SortOrder": "Descending"}
    workgroup = call.request.get("WorkGroup", _PRIMARY)
    chosen, token = paginate(backend.records, QUERY_EXECUTION, call.region, request)
    ids = [one["QueryExecutionId"] for one in chosen if one["WorkGroup"] == workgroup]
    return {"QueryExecutionIds": ids} | ({"NextToken": token} if token else {})


def _stop(backend: Backend, call: ApiCall) -> Output:
    """Stop a query; one that has ended stays as it is, as on AWS."""
    record = find_query(backend, call.region, call.request["QueryExecutionId"])
    if record["QueryExecutionStatus"] in RUNNING:
        key = QUERY_EXECUTION.work_key(call.region, record["QueryExecutionId"])
        backend.threads.stop(key)
    return {}


def _get_runtime(backend: Backend, call: ApiCall) -> Output:
    record = find_query(backend, call.region, call.request["QueryExecutionId"])
    rows = {
        "InputBytes": record.get("ScannedBytes", 0),
        "OutputBytes": record.get("OutputBytes", 0),
        "OutputRows": record.get("OutputRows", 0),
    }
    return {"QueryRuntimeStatistics": {"Timeline": measure_times(record), "Rows": rows}}


def _results(backend: Backend, call: ApiCall) -> Output:
    record = find_query(backend, call.region, call.request["QueryExecutionId"])
    return read_results(backend.storage(call.region), record, call.request)


QUERY_OPERATIONS: Operations = {
    "StartQueryExecution": _start,
    "GetQueryExecution": _get,
    "BatchGetQueryExecution": _batch_get,
    "ListQueryExecutions": _list,
    "StopQueryExecution": _stop,
    "GetQueryResults": _results,
    "GetQueryRuntimeStatistics": _get_runtime,
}
