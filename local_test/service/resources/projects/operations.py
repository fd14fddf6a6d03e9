"""Create, describe, update, delete and list projects; describe the domain they belong to.

A project here is its name, id, description and tags. On the service its resources come from a
product of Service Catalog or from templates, which are refused: a stack can create them.
"""

from secrets import choice
from string import ascii_lowercase, digits

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.api.tag_rules import merge_tags
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output, list_all
from local_test.service.resources.projects.resource import (
    DOMAIN_ID,
    PROJECT,
    describe_domain,
    find_project,
)
from local_test.service.resources.registration import Registration


def _create(backend: Backend, call: ApiCall) -> Output:
    name = call.request["ProjectName"]
    record = start_record(PROJECT, call.region, call.request, now())
    record["ProjectId"] = "p-" + "".join(choice(ascii_lowercase + digits) for _ in range(12))
    record |= {PROJECT.status_field: "CreateCompleted", "CreatedBy": {"DomainId": DOMAIN_ID}}
    backend.records.add(PROJECT, call.region, name, record)
    return {field: record[field] for field in ("ProjectArn", "ProjectId")}


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(
        find_project(backend, call.region, call.request["ProjectName"]), call.output_shape
    )


def _update(backend: Backend, call: ApiCall) -> Output:
    name = call.request["ProjectName"]
    with backend.records.lock():
        record = find_project(backend, call.region, name)
        changes = {PROJECT.status_field: "UpdateCompleted", "LastModifiedTime": now()}
        if "ProjectDescription" in call.request:
            changes["ProjectDescription"] = call.request["ProjectDescription"]
        if "Tags" in call.request:
            arn = record[PROJECT.arn_field]
            changes["Tags"] = merge_tags(record.get("Tags", ()), call.request["Tags"], arn)
        backend.records.update(PROJECT, call.region, name, **changes)
    return {PROJECT.arn_field: record[PROJECT.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        find_project(backend, call.region, call.request["ProjectName"])
        backend.records.remove(PROJECT, call.region, call.request["ProjectName"])
    return {}


def _describe_domain(backend: Backend, call: ApiCall) -> Output:
    domain = call.request["DomainId"]
    if domain != DOMAIN_ID:
        raise ApiError(
            "ResourceNotFound", f"Domain does not exist: {domain}. The one there is {DOMAIN_ID}."
        )
    return select_fields(describe_domain(backend, call.region), call.output_shape)


def _list_domains(backend: Backend, call: ApiCall) -> Output:
    return {"Domains": [select_fields(describe_domain(backend, call.region), call.entry_shape)]}


REGISTRATION = Registration(
    operations={
        "CreateProject": _create,
        "DescribeProject": _describe,
        "UpdateProject": _update,
        "DeleteProject": _delete,
        "ListProjects": list_all(PROJECT),
        "DescribeDomain": _describe_domain,
        "ListDomains": _list_domains,
    },
    types=(PROJECT,),
)
