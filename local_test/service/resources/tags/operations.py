"""AddTags, ListTags, DeleteTags for resources of this service; requests for others go to moto."""

import re

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record

_OF_MOTO = re.compile(":model-package(-group)?/")


def _add(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        resource, record = _find_owner(backend, call)
        tags = {tag["Key"]: tag for tag in [*record.get("Tags", ()), *call.request["Tags"]]}
        kept = list(tags.values())
        backend.records.update(resource, call.region, record[resource.name_field], Tags=kept)
    return {"Tags": kept}


def _list(backend: Backend, call: ApiCall) -> Output:
    _, record = _find_owner(backend, call)
    return {"Tags": record.get("Tags", [])}


def _delete(backend: Backend, call: ApiCall) -> Output:
    removed = set(call.request["TagKeys"])
    with backend.records.lock():
        resource, record = _find_owner(backend, call)
        kept = [tag for tag in record.get("Tags", ()) if tag["Key"] not in removed]
        backend.records.update(resource, call.region, record[resource.name_field], Tags=kept)
    return {}


def _find_owner(backend: Backend, call: ApiCall) -> tuple[ResourceType, Record]:
    arn = call.request["ResourceArn"]
    found = backend.records.find_arn(call.region, arn)
    types = {resource.kind: resource for resource in backend.types if resource.tagged}
    if found is None or found[0] not in types:
        if _OF_MOTO.search(arn):
            raise ForwardToMoto
        raise invalid(f'Could not find resource "{arn}".')
    kind, name = found
    return types[kind], backend.records.get(types[kind], call.region, name)


REGISTRATION = Registration(
    operations={"AddTags": _add, "ListTags": _list, "DeleteTags": _delete},
)
