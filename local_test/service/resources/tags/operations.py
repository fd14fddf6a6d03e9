"""AddTags, ListTags, DeleteTags for what is kept here; those of other things are moto's."""

from local_test.service.api.json_protocol import Call, Elsewhere
from local_test.service.api.resource_type import Resource
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Answer
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record


def _add(backend: Backend, call: Call) -> Answer:
    with backend.records.lock():
        resource, record = _owner(backend, call)
        tags = {tag["Key"]: tag for tag in [*record.get("Tags", ()), *call.request["Tags"]]}
        kept = list(tags.values())
        backend.records.update(resource, call.region, record[resource.name], Tags=kept)
    return {"Tags": kept}


def _list(backend: Backend, call: Call) -> Answer:
    _, record = _owner(backend, call)
    return {"Tags": record.get("Tags", [])}


def _delete(backend: Backend, call: Call) -> Answer:
    gone = set(call.request["TagKeys"])
    with backend.records.lock():
        resource, record = _owner(backend, call)
        kept = [tag for tag in record.get("Tags", ()) if tag["Key"] not in gone]
        backend.records.update(resource, call.region, record[resource.name], Tags=kept)
    return {}


def _owner(backend: Backend, call: Call) -> tuple[Resource, Record]:
    for resource in (kind for kind in backend.types if kind.tagged):
        for _, record in backend.records.every(resource, call.region):
            if record[resource.arn] == call.request["ResourceArn"]:
                return resource, record
    raise Elsewhere


REGISTRATION = Registration(
    operations={"AddTags": _add, "ListTags": _list, "DeleteTags": _delete},
)
