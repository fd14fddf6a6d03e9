"""Create, describe, list, update and delete inference components, and change their copies."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT, INFERENCE_COMPONENT
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.inference_components.component_host import find_host_variant
from local_test.service.resources.inference_components.component_work import ComponentWork
from local_test.service.resources.inference_components.copy_count import change_copies
from local_test.service.resources.inference_components.resource import check_component_idle
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.pagination import paginate
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record

_STATUS = INFERENCE_COMPONENT.status_field


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = call.request, call.request[INFERENCE_COMPONENT.name_field]
    specification = request.get("Specification")
    if specification is None:
        raise invalid(
            "Specification missing: CreateInferenceComponent. Give a model and its needs."
        )
    _check_specification(backend, call.region, specification)
    variant = find_host_variant(backend, call.region, request)
    counts = {"CurrentCopyCount": 0, "DesiredCopyCount": _read_count(request)}
    record = start_record(INFERENCE_COMPONENT, call.region, request, now()) | {
        _STATUS: "Creating",
        "VariantName": variant["VariantName"],
        "EndpointArn": ENDPOINT.make_arn(call.region, request["EndpointName"]),
        "Specification": specification,
        "RuntimeConfig": counts,
    }
    backend.records.add(INFERENCE_COMPONENT, call.region, name, record)
    work = ComponentWork(backend, call.region, name)
    start_work(backend, INFERENCE_COMPONENT, call.region, name, work.deploy)
    return {INFERENCE_COMPONENT.arn_field: record[INFERENCE_COMPONENT.arn_field]}


def _read_count(request: Mapping[str, Any]) -> int:
    return int(request.get("RuntimeConfig", {"CopyCount": 1})["CopyCount"])


def _check_specification(backend: Backend, region: str, specification: Record) -> None:
    """Raise ApiError when a specification does not name one model and what a copy needs."""
    if ("ModelName" in specification) == ("Container" in specification):
        raise invalid("Specification: give either a ModelName or a Container.")
    if "ModelName" in specification:
        backend.records.get(MODEL, region, specification["ModelName"])
    elif "Image" not in specification["Container"]:
        raise invalid("Specification.Container needs an Image.")
    needed = specification.get("ComputeResourceRequirements")
    if needed is None:
        raise invalid(
            "ComputeResourceRequirements missing: Specification. Give MinMemoryRequiredInMb, and "
            "CPU cores or accelerators."
        )
    most = needed.get("MaxMemoryRequiredInMb", needed["MinMemoryRequiredInMb"])
    if most < needed["MinMemoryRequiredInMb"]:
        raise invalid("MaxMemoryRequiredInMb is less than MinMemoryRequiredInMb.")


def _update(backend: Backend, call: ApiCall) -> Output:
    """Replace the copies by those of another specification, or change their number."""
    request, name = call.request, call.request[INFERENCE_COMPONENT.name_field]
    if "Specification" not in request:
        if "RuntimeConfig" not in request:
            raise invalid("Give a Specification or a RuntimeConfig.")
        record = change_copies(backend, call.region, name, _read_count(request))
        return {INFERENCE_COMPONENT.arn_field: record[INFERENCE_COMPONENT.arn_field]}
    _check_specification(backend, call.region, request["Specification"])
    with backend.records.lock():
        record = _get_idle(backend, call)
        changes = {"Specification": request["Specification"], _STATUS: "Updating"}
        changes["LastModifiedTime"] = now()
        if "RuntimeConfig" in request:
            count = {"DesiredCopyCount": _read_count(request)}
            changes["RuntimeConfig"] = record["RuntimeConfig"] | count
        backend.records.update(INFERENCE_COMPONENT, call.region, name, **changes)
    work = ComponentWork(backend, call.region, name)
    start_work(backend, INFERENCE_COMPONENT, call.region, name, work.deploy)
    return {INFERENCE_COMPONENT.arn_field: record[INFERENCE_COMPONENT.arn_field]}


def _update_copies(backend: Backend, call: ApiCall) -> Output:
    name = call.request[INFERENCE_COMPONENT.name_field]
    count = int(call.request["DesiredRuntimeConfig"]["CopyCount"])
    record = change_copies(backend, call.region, name, count)
    return {INFERENCE_COMPONENT.arn_field: record[INFERENCE_COMPONENT.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = _get_idle(backend, call)
        name = record[INFERENCE_COMPONENT.name_field]
        changes = {_STATUS: "Deleting", "LastModifiedTime": now()}
        backend.records.update(INFERENCE_COMPONENT, call.region, name, **changes)
    work = ComponentWork(backend, call.region, name)
    start_work(backend, INFERENCE_COMPONENT, call.region, name, work.delete)
    return {}


def _get_idle(backend: Backend, call: ApiCall) -> Record:
    name = call.request[INFERENCE_COMPONENT.name_field]
    record = backend.records.get(INFERENCE_COMPONENT, call.region, name)
    check_component_idle(record)
    return record


def _describe(backend: Backend, call: ApiCall) -> Output:
    name = call.request[INFERENCE_COMPONENT.name_field]
    record = backend.records.get(INFERENCE_COMPONENT, call.region, name)
    specification = record["Specification"]
    container = specification.get("Container")
    if container is not None:
        image = {"SpecifiedImage": container["Image"], "ResolvedImage": container["Image"]}
        image["ResolutionTime"] = record["CreationTime"]
        specification = specification | {"Container": container | {"DeployedImage": image}}
    return select_fields(record | {"Specification": specification}, call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    request, records = call.request, backend.records
    wanted = {
        "EndpointName": request.get("EndpointNameEquals"),
        "VariantName": request.get("VariantNameEquals"),
    }
    names = tuple(
        record[INFERENCE_COMPONENT.name_field]
        for _, record in records.list_all(INFERENCE_COMPONENT, call.region)
        if all(value in {None, record[key]} for key, value in wanted.items())
    )
    chosen, token = paginate(records, INFERENCE_COMPONENT, call.region, request, names=names)
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {INFERENCE_COMPONENT.list_field: summaries} | ({"NextToken": token} if token else {})


def _restart(backend: Backend) -> None:
    """Start the copies again that ran, and remove components that were being deleted."""
    for region, record in backend.records.list_all(INFERENCE_COMPONENT):
        name = record[INFERENCE_COMPONENT.name_field]
        if record[_STATUS] == "Deleting":
            backend.records.remove(INFERENCE_COMPONENT, region, name)
        elif record[_STATUS] != "Failed":
            backend.records.update(INFERENCE_COMPONENT, region, name, **{_STATUS: "Creating"})
            work = ComponentWork(backend, region, name)
            start_work(backend, INFERENCE_COMPONENT, region, name, work.deploy)


REGISTRATION = Registration(
    operations={
        "CreateInferenceComponent": _create,
        "DescribeInferenceComponent": _describe,
        "ListInferenceComponents": _list,
        "UpdateInferenceComponent": _update,
        "UpdateInferenceComponentRuntimeConfig": _update_copies,
        "DeleteInferenceComponent": _delete,
    },
    types=(INFERENCE_COMPONENT,),
    restart=_restart,
)
