"""Create, update, delete and describe stacks."""

from functools import partial
from threading import Event

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.stacks.deployment import StackDeployment
from local_test.service.resources.stacks.requests import WantedStack, check_fields, read_wanted
from local_test.service.resources.stacks.resource import (
    STACK,
    add_event,
    find_stack,
    make_stack_id,
    refuse,
)
from local_test.service.storage.records import Record

_TYPE = "AWS::CloudFormation::Stack"
_UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"}
_TOKEN = "ClientRequestToken"  # noqa: S105


def find_active(backend: Backend, region: str, name: str) -> Record | None:
    """Return the stack of a name that is not deleted, None if there is none."""
    try:
        return backend.records.get(STACK, region, name)
    except ApiError:
        return None


def enter_stack(
    backend: Backend, call: ApiCall, wanted: WantedStack, status: str, **fields: object
) -> Record:
    """Add the record of a new stack and return it."""
    name = call.request["StackName"]
    stack_id = make_stack_id(call.region, name)
    record: Record = {
        "Key": name,
        "StackName": name,
        "StackId": stack_id,
        STACK.arn_field: stack_id,
        "StackStatus": status,
        "CreationTime": now(),
        "LastModifiedTime": now(),
        "Resources": {},
        "Outputs": [],
        "RoleARN": call.request.get("RoleARN"),
        **wanted.list_fields(),
        **fields,
    }
    record["Events"] = add_event(record, name, stack_id, _TYPE, status, "User Initiated")
    backend.records.add(STACK, call.region, name, record)
    return record


def start_creation(backend: Backend, region: str, name: str) -> None:
    """Start to create the resources of a stack."""

    def run(stop: Event) -> None:
        StackDeployment(backend, region, name, stop).create()

    start_work(backend, STACK, region, name, run)


def start_update(backend: Backend, region: str, stack: Record, **changes: object) -> None:
    """Start to bring the resources of a stack to a new template. The caller holds the lock."""
    name, status = stack["StackName"], "UPDATE_IN_PROGRESS"
    events = add_event(stack, name, stack["StackId"], _TYPE, status, "User Initiated")
    status_fields = {"StackStatus": status, "StackStatusReason": None, "LastUpdatedTime": now()}
    backend.records.update(STACK, region, name, **changes, **status_fields, Events=events)

    def run(stop: Event) -> None:
        StackDeployment(backend, region, name, stop).update(stack)

    start_work(backend, STACK, region, name, run)


def check_updatable(stack: Record) -> None:
    """Raise ApiError when a stack is in a status in which it cannot be updated."""
    if stack["StackStatus"] not in _UPDATABLE:
        raise refuse(
            f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated."
        )


def _create(backend: Backend, call: ApiCall) -> Output:
    check_fields(call)
    request = call.request
    name, token = request["StackName"], request.get(_TOKEN)
    if "OnFailure" in request and "DisableRollback" in request:
        raise refuse("Give OnFailure or DisableRollback, not both.")
    with backend.records.lock():
        stack = find_active(backend, call.region, name)
        if stack is not None:
            if token is not None and stack.get(_TOKEN) == token:
                return {"StackId": stack["StackId"]}
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
        wanted = read_wanted(backend, call, None)
        disabled = bool(request.get("DisableRollback", False))
        action = request.get("OnFailure", "DO_NOTHING" if disabled else "ROLLBACK")
        record = enter_stack(
            backend,
            call,
            wanted,
            "CREATE_IN_PROGRESS",
            OnFailure=action,
            DisableRollback=action == "DO_NOTHING",
            EnableTerminationProtection=bool(request.get("EnableTerminationProtection", False)),
            ClientRequestToken=token,
        )
    start_creation(backend, call.region, name)
    return {"StackId": record["StackId"]}


def _update(backend: Backend, call: ApiCall) -> Output:
    check_fields(call)
    token = call.request.get(_TOKEN)
    with backend.records.lock():
        stack = find_stack(backend, call.region, call.request["StackName"])
        if token is not None and stack.get(_TOKEN) == token:
            return {"StackId": stack["StackId"]}
        check_updatable(stack)
        wanted = read_wanted(backend, call, stack)
        if not wanted.differs(stack):
            raise refuse("No updates are to be performed.")
        disabled = bool(call.request.get("DisableRollback", False))
        changes = wanted.list_fields() | {_TOKEN: token, "DisableRollback": disabled}
        start_update(backend, call.region, stack, **changes)
    return {"StackId": stack["StackId"]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Start to delete a stack; one that does not exist is as good as deleted."""
    check_fields(call)
    with backend.records.lock():
        try:
            stack = find_stack(backend, call.region, call.request["StackName"])
        except ApiError:
            return {}
        name = stack["StackName"]
        status = str(stack["StackStatus"])
        if status in {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}:
            return {}
        if stack.get("EnableTerminationProtection"):
            raise refuse(f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise refuse(f"Stack:{stack['StackId']} is in {status} state and can not be deleted.")
        events = add_event(
            stack, name, stack["StackId"], _TYPE, "DELETE_IN_PROGRESS", "User Initiated"
        )
        status_fields = {"StackStatus": "DELETE_IN_PROGRESS", "StackStatusReason": None}
        backend.records.update(STACK, call.region, name, **status_fields, Events=events)

    def run(stop: Event) -> None:
        StackDeployment(backend, call.region, name, stop).delete()

    start_work(backend, STACK, call.region, name, run)
    return {}


def _describe(backend: Backend, call: ApiCall) -> Output:
    name = call.request.get("StackName")
    if name is not None:
        found = [find_stack(backend, call.region, name)]
    else:
        listed = [record for _, record in backend.records.list_all(STACK, call.region)]
        found = [record for record in listed if record["StackStatus"] != "DELETE_COMPLETE"]
    return {"Stacks": found}


def _list(backend: Backend, call: ApiCall) -> Output:
    wanted = call.request.get("StackStatusFilter")
    listed = [record for _, record in backend.records.list_all(STACK, call.region)]
    chosen = [one for one in listed if not wanted or one["StackStatus"] in wanted]
    newest = sorted(chosen, key=lambda record: float(record["CreationTime"]), reverse=True)
    return {"StackSummaries": [one | {"TemplateDescription": one["Description"]} for one in newest]}


def _list_events(backend: Backend, call: ApiCall) -> Output:
    stack = find_stack(backend, call.region, call.request["StackName"])
    return {"StackEvents": stack["Events"][::-1]}


def _list_entries(stack: Record) -> list[Record]:
    named = {"StackName": stack["StackName"], "StackId": stack["StackId"]}
    return [
        {
            "LogicalResourceId": logical,
            "LastUpdatedTimestamp": entry.get("Timestamp"),
            **{name: value for name, value in entry.items() if name != "Properties"},
            **named,
        }
        for logical, entry in stack["Resources"].items()
    ]


def _describe_resources(backend: Backend, call: ApiCall, *, field: str) -> Output:
    stack = find_stack(backend, call.region, call.request["StackName"])
    logical = call.request.get("LogicalResourceId")
    entries = _list_entries(stack)
    return {field: [one for one in entries if logical in {None, one["LogicalResourceId"]}]}


def _describe_resource(backend: Backend, call: ApiCall) -> Output:
    found = _describe_resources(backend, call, field="Found")["Found"]
    if not found:
        name, stack = call.request["LogicalResourceId"], call.request["StackName"]
        raise refuse(f"Resource {name} does not exist for stack {stack}")
    return {"StackResourceDetail": found[0]}


def _protect(backend: Backend, call: ApiCall) -> Output:
    stack = find_stack(backend, call.region, call.request["StackName"])
    enabled = call.request["EnableTerminationProtection"]
    backend.records.update(
        STACK, call.region, STACK.key_of(stack), EnableTerminationProtection=enabled
    )
    return {"StackId": stack["StackId"]}


OPERATIONS: Operations = {
    "CreateStack": _create,
    "UpdateStack": _update,
    "DeleteStack": _delete,
    "DescribeStacks": _describe,
    "ListStacks": _list,
    "DescribeStackEvents": _list_events,
    "DescribeStackResources": partial(_describe_resources, field="StackResources"),
    "ListStackResources": partial(_describe_resources, field="StackResourceSummaries"),
    "DescribeStackResource": _describe_resource,
    "UpdateTerminationProtection": _protect,
}
