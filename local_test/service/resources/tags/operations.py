"""AddTags, ListTags, DeleteTags for the resources of this service."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType
from local_test.service.api.tag_rules import merge_tags
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record


def _add(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        resource, name, record = _find_owner(backend, call)
        tags = merge_tags(record.get("Tags", ()), call.request["Tags"], call.request["ResourceArn"])
        backend.records.update(resource, call.region, name, Tags=tags)
    return {"Tags": tags}


def _list(backend: Backend, call: ApiCall) -> Output:
    """List all tags: there are never more than the smallest page holds."""
    _, _, record = _find_owner(backend, call)
    if "NextToken" in call.request:
        raise invalid("The NextToken is none that this service gave.")
    return {"Tags": record.get("Tags", [])}


def _delete(backend: Backend, call: ApiCall) -> Output:
    removed = set(call.request["TagKeys"])
    with backend.records.lock():
        resource, name, record = _find_owner(backend, call)
        tags = [tag for tag in record.get("Tags", ()) if tag["Key"] not in removed]
        backend.records.update(resource, call.region, name, Tags=tags)
    return {}


def _find_owner(backend: Backend, call: ApiCall) -> tuple[ResourceType, str, Record]:
    """Return type, name and record of the resource with the request's ARN.

    Raises ApiError when there is none that can have tags.
    """
    arn = call.request["ResourceArn"]
    types = {resource.kind: resource for resource in backend.types if resource.tagged}
    for spelling in (arn, arn.lower()):  # earlier versions kept the case of some names
        kind, name = backend.records.find_arn(call.region, spelling) or ("", "")
        if kind in types:
            return types[kind], name, backend.records.get(types[kind], call.region, name)
    raise invalid(f"Could not find a resource that has tags: {arn}. Check the ARN.")


REGISTRATION = Registration(
    operations={"AddTags": _add, "ListTags": _list, "DeleteTags": _delete},
)
