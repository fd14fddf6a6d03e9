"""The operations on functions: create, update, describe, delete, permissions and tags."""

import json
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.functions.code_package import remove_code, unpack_code
from local_test.service.resources.functions.configuration import (
    FIELDS,
    check_configuration,
    describe_code,
    list_tags,
    make_record,
    map_tags,
    mark_change,
)
from local_test.service.resources.functions.resource import (
    FUNCTION,
    conflict,
    find_function,
    make_function_arn,
    not_found,
    read_name,
    refuse,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    name = read_name(call.request["FunctionName"])
    check_configuration(call.request)
    if any(record["FunctionName"] == name for record in _list_records(backend, call)):
        raise conflict(f"Function already exist: {name}")
    code = unpack_code(backend, call.region, name, call.request["Code"])
    record = make_record(call.region, call.request | {"FunctionName": name}, code)
    backend.records.add(FUNCTION, call.region, name, record)
    return select_fields(record, call.output_shape)


def _update_code(backend: Backend, call: ApiCall) -> Output:
    record = _find(backend, call)
    check_configuration(call.request)
    name = record["FunctionName"]
    code = unpack_code(backend, call.region, name, call.request)
    if not call.request.get("DryRun"):
        record = backend.records.update(FUNCTION, call.region, name, **describe_code(code))
    remove_code(backend, call.region, name, keep=record["CodeFolder"])
    return select_fields(record, call.output_shape)


def _update_configuration(backend: Backend, call: ApiCall) -> Output:
    record = _find(backend, call)
    check_configuration(call.request)
    changes = {field: call.request[field] for field in FIELDS if field in call.request}
    name = record["FunctionName"]
    record = backend.records.update(FUNCTION, call.region, name, **changes, **mark_change())
    return select_fields(record, call.output_shape)


def _get(backend: Backend, call: ApiCall) -> Output:
    record = _find(backend, call)
    shape = call.output_shape
    configuration = shape and shape.members["Configuration"]
    return {
        "Configuration": select_fields(record, configuration),
        "Code": {"RepositoryType": "S3"},
        "Tags": map_tags(record),
    }


def _get_configuration(backend: Backend, call: ApiCall) -> Output:
    return select_fields(_find(backend, call), call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    start = int(call.request.get("Marker", 0))
    end = start + call.request.get("MaxItems", 50)
    records = _list_records(backend, call)
    more = {"NextMarker": str(end)} if end < len(records) else {}
    return {"Functions": [select_fields(r, call.entry_shape) for r in records[start:end]]} | more


def _list_versions(backend: Backend, call: ApiCall) -> Output:
    return {"Versions": [select_fields(_find(backend, call), call.entry_shape)]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    name = _find(backend, call)["FunctionName"]
    backend.records.remove(FUNCTION, call.region, name)
    remove_code(backend, call.region, name)
    return {}


def _add_permission(backend: Backend, call: ApiCall) -> Output:
    """Keep a statement of the function's policy; every caller is allowed here."""
    record, request = _find(backend, call), call.request
    if any(one["Sid"] == request["StatementId"] for one in record["Statements"]):
        raise conflict(f"The statement id ({request['StatementId']}) provided already exists.")
    principal = request["Principal"]
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": {"Service" if "." in principal else "AWS": principal},
        "Action": request["Action"],
        "Resource": record["FunctionArn"],
    }
    if "SourceArn" in request:
        statement["Condition"] = {"ArnLike": {"AWS:SourceArn": request["SourceArn"]}}
    _change(backend, call, record, Statements=[*record["Statements"], statement])
    return {"Statement": json.dumps(statement)}


def _remove_permission(backend: Backend, call: ApiCall) -> Output:
    record = _find(backend, call)
    kept = [one for one in record["Statements"] if one["Sid"] != call.request["StatementId"]]
    if len(kept) == len(record["Statements"]):
        raise not_found(f"Statement {call.request['StatementId']} is not found in resource policy.")
    _change(backend, call, record, Statements=kept)
    return {}


def _get_policy(backend: Backend, call: ApiCall) -> Output:
    record = _find(backend, call)
    if not record["Statements"]:
        raise not_found("The resource you requested does not exist.")
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": record["Statements"]}
    return {"Policy": json.dumps(policy), "RevisionId": record["RevisionId"]}


def _tag(backend: Backend, call: ApiCall) -> Output:
    record = _find_tagged(backend, call)
    _change(backend, call, record, Tags=list_tags(map_tags(record) | call.request["Tags"]))
    return {}


def _untag(backend: Backend, call: ApiCall) -> Output:
    record = _find_tagged(backend, call)
    removed = set(call.request["TagKeys"])
    kept = {key: value for key, value in map_tags(record).items() if key not in removed}
    _change(backend, call, record, Tags=list_tags(kept))
    return {}


def _list_tags(backend: Backend, call: ApiCall) -> Output:
    return {"Tags": map_tags(_find_tagged(backend, call))}


def _find(backend: Backend, call: ApiCall) -> Record:
    qualifier = call.request.get("Qualifier")
    return find_function(backend, call.region, call.request["FunctionName"], qualifier)


def _find_tagged(backend: Backend, call: ApiCall) -> Record:
    arn = call.request["Resource"]
    record = find_function(backend, call.region, arn)
    if record["FunctionArn"] != arn:
        raise refuse(f"invalid ARN: {arn}. One is {make_function_arn(call.region, 'NAME')}.")
    return record


def _list_records(backend: Backend, call: ApiCall) -> list[Record]:
    return [record for _, record in backend.records.list_all(FUNCTION, call.region)]


def _change(backend: Backend, call: ApiCall, record: Record, **changes: Any) -> None:
    backend.records.update(FUNCTION, call.region, record["FunctionName"], **changes)


def refuse_operation(_backend: Backend, call: ApiCall) -> Output:
    """Refuse an operation of Lambda that is not done here."""
    raise ApiError(
        "InvalidParameterValueException",
        f"{call.operation} is not done by the local service. Use $LATEST of a function alone.",
    )


OPERATIONS: Operations = {
    "CreateFunction": _create,
    "UpdateFunctionCode": _update_code,
    "UpdateFunctionConfiguration": _update_configuration,
    "GetFunction": _get,
    "GetFunctionConfiguration": _get_configuration,
    "ListFunctions": _list,
    "ListVersionsByFunction": _list_versions,
    "DeleteFunction": _delete,
    "AddPermission": _add_permission,
    "RemovePermission": _remove_permission,
    "GetPolicy": _get_policy,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTags": _list_tags,
}
