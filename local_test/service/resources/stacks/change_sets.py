"""Change sets: an update, or a new stack, that is described before it is executed.

Source: CloudFormation User Guide, 'Update stacks using change sets'.
"""

from uuid import uuid4

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ACCOUNT, ResourceType, now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.stacks.requests import WantedStack, check_fields, read_wanted
from local_test.service.resources.stacks.resource import STACK, find_stack, refuse
from local_test.service.resources.stacks.stack_operations import (
    check_updatable,
    enter_stack,
    find_active,
    start_creation,
    start_update,
)
from local_test.service.resources.stacks.template.references import list_references
from local_test.service.resources.stacks.template.template import Template, parse_template
from local_test.service.storage.records import Record

CHANGE_SET = ResourceType(
    "ChangeSet",
    "changeSet",
    "Summaries",
    "change set",
    tagged=False,
    find_key=lambda record: str(record["ChangeSetId"]),
)
_REVIEWED = "REVIEW_IN_PROGRESS"
_NO_CHANGES = (
    "The submitted information didn't contain changes."
    " Submit different information to create a change set."
)


def _create(backend: Backend, call: ApiCall) -> Output:
    check_fields(call)
    request, name = call.request, call.request["ChangeSetName"]
    kind = request.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT":
        raise refuse("ChangeSetType IMPORT is not supported by the local service.")
    with backend.records.lock():
        stack = find_active(backend, call.region, request["StackName"].split("/")[-2:][0])
        is_new = stack is None or stack["StackStatus"] == _REVIEWED
        if kind == "UPDATE" and (stack is None or is_new):
            raise refuse(f"Stack [{request['StackName']}] does not exist")
        if kind == "CREATE" and not is_new:
            raise refuse(f"Stack [{request['StackName']}] already exists and cannot be created")
        if stack is not None and not is_new:
            check_updatable(stack)
        wanted = read_wanted(backend, call, stack)
        if stack is None:
            stack = enter_stack(backend, call, wanted, _REVIEWED, OnFailure="ROLLBACK")
        if any(one["ChangeSetName"] == name for one in _list_of(backend, call.region, stack)):
            raise ApiError("AlreadyExistsException", f"ChangeSet {name} already exists")
        record = _make_record(call, stack, wanted, is_new=is_new)
        backend.records.add(CHANGE_SET, call.region, record["ChangeSetId"], record)
    return {"Id": record["ChangeSetId"], "StackId": stack["StackId"]}


def _make_record(call: ApiCall, stack: Record, wanted: WantedStack, *, is_new: bool) -> Record:
    name = call.request["ChangeSetName"]
    changes = _list_changes({} if is_new else stack, wanted)
    changed = bool(changes) or is_new or wanted.differs(stack)
    arn = f"arn:aws:cloudformation:{call.region}:{ACCOUNT}:changeSet/{name}/{uuid4()}"
    return {
        "ChangeSetName": name,
        "ChangeSetId": arn,
        CHANGE_SET.arn_field: arn,
        "StackId": stack["StackId"],
        "StackName": stack["StackName"],
        "Description": call.request.get("Description"),
        "CreationTime": now(),
        "Status": "CREATE_COMPLETE" if changed else "FAILED",
        "StatusReason": None if changed else _NO_CHANGES,
        "ExecutionStatus": "AVAILABLE" if changed else "UNAVAILABLE",
        "Changes": changes,
        "IsNew": is_new,
        "Wanted": wanted.list_fields(),
        **{field: wanted.list_fields()[field] for field in ("Parameters", "Tags", "Capabilities")},
    }


def _list_changes(stack: Record, wanted: WantedStack) -> list[Record]:
    """Return what an execution would add, modify and remove."""
    before = parse_template(stack["Template"]) if stack else None
    old = before.resources if before is not None else {}
    new = wanted.template
    texts = stack.get("Texts") or {}
    changed = {key for key, text in wanted.texts.items() if texts.get(key) != text}
    if stack and (stack.get("Tags") or []) != wanted.tags:
        changed |= set(new.resources)
    for logical in new.order:
        if old.get(logical) != new.resources[logical] or _names(new, logical) & changed:
            changed.add(logical)
    actions = {name: "Modify" if name in old else "Add" for name in new.order if name in changed}
    actions |= {name: "Remove" for name in old if name not in new.resources}
    return [
        _describe_change(stack, logical, {**old, **new.resources}[logical]["Type"], action)
        for logical, action in actions.items()
    ]


def _names(template: Template, logical: str) -> set[str]:
    """Return the names that a resource refers to, and its own."""
    properties = template.resources[logical].get("Properties") or {}
    return {logical} | {name for name, _ in list_references(properties)}


def _describe_change(stack: Record, logical: str, kind: str, action: str) -> Record:
    entry = (stack.get("Resources") or {}).get(logical, {})
    change: Record = {"Action": action, "LogicalResourceId": logical, "ResourceType": kind}
    if entry:
        change["PhysicalResourceId"] = entry.get("PhysicalResourceId")
    if action == "Modify":
        change |= {"Replacement": "Conditional", "Scope": ["Properties"], "Details": []}
    return {"Type": "Resource", "ResourceChange": change}


def _list_of(backend: Backend, region: str, stack: Record) -> list[Record]:
    listed = (record for _, record in backend.records.list_all(CHANGE_SET, region))
    return [record for record in listed if record["StackId"] == stack["StackId"]]


def _find(backend: Backend, call: ApiCall) -> Record:
    wanted, stack = call.request["ChangeSetName"], call.request.get("StackName")
    for _, record in backend.records.list_all(CHANGE_SET, call.region):
        if wanted == record["ChangeSetId"] or (
            wanted == record["ChangeSetName"] and stack in {record["StackName"], record["StackId"]}
        ):
            return record
    raise ApiError("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist", 404)


def _execute(backend: Backend, call: ApiCall) -> Output:
    check_fields(call)
    with backend.records.lock():
        record = _find(backend, call)
        stack = find_stack(backend, call.region, record["StackId"])
        if record["ExecutionStatus"] != "AVAILABLE":
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{record['ChangeSetId']}] cannot be executed in its current status of"
                f" [{record['Status']}]",
            )
        fields = record["Wanted"] | {"ChangeSetId": record["ChangeSetId"]}
        fields["DisableRollback"] = bool(call.request.get("DisableRollback", False))
        if record["IsNew"]:
            action = "DO_NOTHING" if fields["DisableRollback"] else "ROLLBACK"
            fields |= {"StackStatus": "CREATE_IN_PROGRESS", "OnFailure": action}
            backend.records.update(STACK, call.region, stack["StackName"], **fields)
            start_creation(backend, call.region, stack["StackName"])
        else:
            check_updatable(stack)
            start_update(backend, call.region, stack, **fields)
        for other in _list_of(backend, call.region, stack):
            status = "EXECUTE_COMPLETE" if other == record else "OBSOLETE"
            backend.records.update(
                CHANGE_SET, call.region, other["ChangeSetId"], ExecutionStatus=status
            )
    return {}


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = _find(backend, call)
        backend.records.remove(CHANGE_SET, call.region, record["ChangeSetId"])
    return {}


def _list(backend: Backend, call: ApiCall) -> Output:
    stack = find_stack(backend, call.region, call.request["StackName"])
    return {"Summaries": _list_of(backend, call.region, stack)}


OPERATIONS: Operations = {
    "CreateChangeSet": _create,
    "DescribeChangeSet": _find,
    "ExecuteChangeSet": _execute,
    "DeleteChangeSet": _delete,
    "ListChangeSets": _list,
}
