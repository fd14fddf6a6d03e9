"""Prepared statements of workgroups.

Sources: Athena API, CreatePreparedStatement and its neighbours; Athena User Guide, 'Use prepared
statements'.
"""

from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.backend import Backend
from local_test.service.resources.athena.resource import refuse
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import split_page
from local_test.service.storage.records import Record

_PAGE = 50
_FIELDS = ("StatementName", "QueryStatement", "WorkGroupName", "Description", "LastModifiedTime")


def _find_key(record: Record) -> str:
    return f"{record['WorkGroupName']}/{record['StatementName']}"


PREPARED_STATEMENT = ResourceType(
    "PreparedStatement",
    "prepared-statement",
    "PreparedStatements",
    "prepared statement",
    tagged=False,
    find_key=_find_key,
)


def find_statement(backend: Backend, region: str, workgroup: str, name: str) -> Record:
    """Return a prepared statement. Raises ApiError when the workgroup has none of this name."""
    try:
        return backend.records.get(PREPARED_STATEMENT, region, f"{workgroup}/{name}")
    except ApiError as error:
        raise ApiError(
            "ResourceNotFoundException",
            f"PreparedStatement {name} was not found in workGroup {workgroup}. Create it first.",
        ) from error


def save_statement(backend: Backend, region: str, workgroup: str, name: str, **fields: str) -> None:
    """Create a prepared statement. Raises ApiError when the workgroup has one of this name."""
    record = {
        "StatementName": name,
        "WorkGroupName": workgroup,
        PREPARED_STATEMENT.arn_field: PREPARED_STATEMENT.make_arn(region, f"{workgroup}/{name}"),
        "CreationTime": now(),
        "LastModifiedTime": now(),
        **fields,
    }
    try:
        backend.records.add(PREPARED_STATEMENT, region, _find_key(record), record)
    except ApiError as error:
        raise refuse(
            f"PreparedStatement {name} already exists in workGroup {workgroup}. Update it."
        ) from error


def remove_statement(backend: Backend, region: str, workgroup: str, name: str) -> None:
    """Remove a prepared statement. Raises ApiError when there is none of this name."""
    with backend.records.lock():
        record = find_statement(backend, region, workgroup, name)
        backend.records.remove(PREPARED_STATEMENT, region, _find_key(record))


def _create(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    _require_workgroup(backend, call)
    save_statement(
        backend, call.region, request["WorkGroup"], request["StatementName"], **_read_fields(call)
    )
    return {}


def _update(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    with backend.records.lock():
        found = find_statement(backend, call.region, request["WorkGroup"], request["StatementName"])
        fields = {"LastModifiedTime": now(), **_read_fields(call)}
        backend.records.update(PREPARED_STATEMENT, call.region, _find_key(found), **fields)
    return {}


def _read_fields(call: ApiCall) -> dict[str, str]:
    names = ("QueryStatement", "Description")
    return {name: call.request[name] for name in names if name in call.request}


def _require_workgroup(backend: Backend, call: ApiCall) -> None:
    name = call.request["WorkGroup"]
    try:
        found = backend.moto_client("athena", call.region).get_work_group(WorkGroup=name)
    except ClientError:
        found = {}
    if "WorkGroup" not in found:
        raise refuse(f"WorkGroup {name} is not found. Create it first.")


def _get(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    found = find_statement(backend, call.region, request["WorkGroup"], request["StatementName"])
    return {"PreparedStatement": _describe(found)}


def _batch_get(backend: Backend, call: ApiCall) -> Output:
    found, missing = list[Output](), list[Output]()
    for name in call.request["PreparedStatementNames"]:
        try:
            record = find_statement(backend, call.region, call.request["WorkGroup"], name)
        except ApiError as error:
            reason = {"ErrorCode": error.code, "ErrorMessage": error.message}
            missing.append({"StatementName": name, **reason})
        else:
            found.append(_describe(record))
    return {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}


def _describe(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in _FIELDS if name in record}


def _list(backend: Backend, call: ApiCall) -> Output:
    _require_workgroup(backend, call)
    found = [
        {"StatementName": one["StatementName"], "LastModifiedTime": one["LastModifiedTime"]}
        for _, one in backend.records.list_all(PREPARED_STATEMENT, call.region)
        if one["WorkGroupName"] == call.request["WorkGroup"]
    ]
    page, token = split_page(found, call.request, _PAGE)
    return {"PreparedStatements": page} | token


def _delete(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    remove_statement(backend, call.region, request["WorkGroup"], request["StatementName"])
    return {}


PREPARED_OPERATIONS: Operations = {
    "CreatePreparedStatement": _create,
    "UpdatePreparedStatement": _update,
    "GetPreparedStatement": _get,
    "BatchGetPreparedStatement": _batch_get,
    "ListPreparedStatements": _list,
    "DeletePreparedStatement": _delete,
}
