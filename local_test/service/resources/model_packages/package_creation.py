"""CreateModelPackage: a new version of a group, or a package without versions."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.model_packages import client_tokens, validation
from local_test.service.resources.model_packages.inference_specification import (
    add_specifications,
    check_unversioned,
    complete_specifications,
)
from local_test.service.resources.model_packages.package_update import (
    check_model_card,
    make_approval_entry,
)
from local_test.service.resources.model_packages.resource import (
    MODEL_PACKAGE,
    PACKAGE_GROUP,
    find_group,
    require_free,
)
from local_test.service.storage.records import Record

_NAME, _GROUP = MODEL_PACKAGE.name_field, PACKAGE_GROUP.name_field
_NOT_KEPT = {"ClientToken", _GROUP}


def create_package(backend: Backend, call: ApiCall) -> Output:
    """Create a package, and start its validation if the request has one."""
    if (arn := client_tokens.find_created(backend, call)) is not None:
        return {MODEL_PACKAGE.arn_field: arn}
    request = call.request
    _check_request(request)
    if _GROUP in request:
        find_group(backend, call.region, request[_GROUP])
    skips = request.get("SkipModelValidation") == "All"
    found = complete_specifications(backend, call.region, request, looks_inside=not skips)
    with backend.records.lock():
        if (arn := client_tokens.find_created(backend, call)) is not None:
            return {MODEL_PACKAGE.arn_field: arn}
        time = now()
        place = _take_place(backend, call.region, request)
        record = start_package(call.region, {**request, **found, **place}, time)
        validation.prepare(record)
        record |= client_tokens.mark_created(request)
        require_free(backend, call.region, record, MODEL_PACKAGE)
        backend.records.add(MODEL_PACKAGE, call.region, MODEL_PACKAGE.key_of(record), record)
    validation.start(backend, call.region, record)
    return {MODEL_PACKAGE.arn_field: record[MODEL_PACKAGE.arn_field]}


def start_package(region: str, fields: Mapping[str, Any], time: float) -> Record:
    """Return the record of a new, valid package; `time` is in seconds since 1970.

    `fields` are the request's, with the group's name and the version in the place of a reference.
    """
    version = fields.get("ModelPackageVersion")
    record: Record = {name: value for name, value in fields.items() if name not in _NOT_KEPT}
    if version is None:
        arn_name = fields[_NAME]
    else:
        arn_name = f"{fields[_GROUP]}/{version}"
        record[_GROUP] = fields[_GROUP]
        record.setdefault("ModelApprovalStatus", "PendingManualApproval")
    record |= {
        MODEL_PACKAGE.arn_field: MODEL_PACKAGE.make_arn(region, arn_name),
        "CreationTime": time,
        "CreatedBy": {},
        "CertifyForMarketplace": bool(fields.get("CertifyForMarketplace")),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }
    if "ModelApprovalStatus" in record:
        record["ApprovalHistory"] = [make_approval_entry(record, time)]
    return record


def _take_place(backend: Backend, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the group's name and the next version, {} for a package without versions."""
    if _GROUP not in request:
        return {}
    group = find_group(backend, region, request[_GROUP])
    version = int(group["LastVersion"]) + 1
    key = PACKAGE_GROUP.key_of(group)
    backend.records.update(PACKAGE_GROUP, region, key, LastVersion=version)
    return {_GROUP: group[_GROUP], "ModelPackageVersion": version}


def _check_request(request: Mapping[str, Any]) -> None:
    _check_unsupported(request)
    if _NAME in request and _GROUP in request:
        raise invalid(f"Give either a {_NAME} or a {_GROUP}.")
    if _NAME not in request and _GROUP not in request:
        raise invalid(f"Give a {_NAME} or a {_GROUP}.")
    if _GROUP in request and request.get("Tags"):
        raise invalid(f"Tags belong to the group of a version: {request[_GROUP]}. Tag the group.")
    logged = request.get("ModelPackageRegistrationType") == "Logged"
    if not (logged or "InferenceSpecification" in request or "SourceUri" in request):
        raise invalid("Give an InferenceSpecification or a SourceUri.")
    if _NAME in request:
        check_unversioned(request)
    add_specifications((), request.get("AdditionalInferenceSpecifications", ()))
    if "ModelCard" in request:
        check_model_card(request["ModelCard"])


def _check_unsupported(request: Mapping[str, Any]) -> None:
    """Refuse what would need AWS Marketplace or managed storage."""
    if request.get("CertifyForMarketplace"):
        raise invalid(
            "CertifyForMarketplace is not done by the local service: nothing is listed on AWS "
            "Marketplace. Leave it out."
        )
    if "ManagedStorageType" in request:
        raise invalid(
            "ManagedStorageType is not done by the local service: models stay in your own "
            "buckets. Leave it out."
        )
