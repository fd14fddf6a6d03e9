"""The lists of Application Auto Scaling: filtered by resource and name, in pages."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import ResourceType
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.resource import check_namespace
from local_test.service.resources.generic_operations import Output
from local_test.service.storage.records import Record

_PAGE = 50


def list_records(
    backend: Backend, call: ApiCall, kind: ResourceType, name_field: str, names_field: str
) -> Output:
    """Return a page of the records that a request asks for.

    `names_field` has the names, or resource ids, that are asked for; `name_field` is the field of
    the records with them.
    """
    check_namespace(call)
    names, resource = call.request.get(names_field), call.request.get("ResourceId")
    found = [
        record
        for _, record in backend.records.list_all(kind, call.region)
        if (not names or record[name_field] in names)
        and (resource is None or record["ResourceId"] == resource)
    ]
    return cut_page(call, kind, found)


def cut_page(call: ApiCall, kind: ResourceType, found: list[Record]) -> Output:
    """Return one page of a list; the token is the place where the next one begins."""
    token = call.request.get("NextToken", "0")
    if not token.isdecimal():
        raise ApiError("InvalidNextTokenException", f"Invalid NextToken {token}.")
    end = int(token) + call.request.get("MaxResults", _PAGE)
    page = [select_fields(record, call.entry_shape) for record in found[int(token) : end]]
    return {kind.list_field: page} | ({"NextToken": str(end)} if end < len(found) else {})
