"""The operations on schedule groups, and on their tags."""

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.schedules.resource import (
    DEFAULT_GROUP,
    SCHEDULE,
    SCHEDULE_GROUP,
    conflict,
    find_group,
    make_scheduler_arn,
    name_record,
    not_found,
)
from local_test.service.resources.schedules.schedule_operations import cut_page
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    name, token = call.request["Name"], call.request.get("ClientToken", "")
    arn = make_scheduler_arn(call.region, f"schedule-group/{name}")
    record = {
        "Name": name,
        "Arn": arn,
        "State": "ACTIVE",
        "CreationDate": now(),
        "LastModificationDate": now(),
        "Tags": call.request.get("Tags", []),
        "ClientToken": token,
    }
    try:
        if name == DEFAULT_GROUP:
            raise conflict(name)
        backend.records.add(SCHEDULE_GROUP, call.region, name, record)
    except ApiError as error:
        existing = find_group(backend, call.region, name)
        if not token or existing.get("ClientToken") != token:
            raise conflict(f"Schedule group {name} already exists.") from error
    return {"ScheduleGroupArn": arn}


def _get(backend: Backend, call: ApiCall) -> Output:
    return select_fields(find_group(backend, call.region, call.request["Name"]), call.output_shape)


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete a group and all of its schedules."""
    name = call.request["Name"]
    if name == DEFAULT_GROUP:
        raise invalid("The default schedule group cannot be deleted.")
    find_group(backend, call.region, name)
    for _, record in backend.records.list_all(SCHEDULE, call.region):
        if record["GroupName"] == name:
            backend.records.remove(SCHEDULE, call.region, name_record(name, record["Name"]))
    backend.records.remove(SCHEDULE_GROUP, call.region, name)
    return {}


def _list(backend: Backend, call: ApiCall) -> Output:
    groups = [record for _, record in backend.records.list_all(SCHEDULE_GROUP, call.region)]
    found = [
        select_fields(record, call.entry_shape)
        for record in [find_group(backend, call.region, DEFAULT_GROUP), *groups]
        if record["Name"].startswith(call.request.get("NamePrefix", ""))
    ]
    return cut_page("ScheduleGroups", found, call)


def _tag(backend: Backend, call: ApiCall) -> Output:
    record = _find_owner(backend, call)
    tags = {tag["Key"]: tag for tag in [*record["Tags"], *call.request["Tags"]]}
    kept = list(tags.values())
    backend.records.update(SCHEDULE_GROUP, call.region, record["Name"], Tags=kept)
    return {}


def _untag(backend: Backend, call: ApiCall) -> Output:
    record = _find_owner(backend, call)
    kept = [tag for tag in record["Tags"] if tag["Key"] not in call.request["TagKeys"]]
    backend.records.update(SCHEDULE_GROUP, call.region, record["Name"], Tags=kept)
    return {}


def _list_tags(backend: Backend, call: ApiCall) -> Output:
    return {"Tags": _find_owner(backend, call)["Tags"]}


def _find_owner(backend: Backend, call: ApiCall) -> Record:
    arn = call.request["ResourceArn"]
    for _, record in backend.records.list_all(SCHEDULE_GROUP, call.region):
        if record["Arn"] == arn:
            return record
    raise not_found(f"Resource {arn} does not exist.")


OPERATIONS: Operations = {
    "CreateScheduleGroup": _create,
    "GetScheduleGroup": _get,
    "DeleteScheduleGroup": _delete,
    "ListScheduleGroups": _list,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list_tags,
}
