"""Describe, list, update and delete model packages."""

import json
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.model_packages import client_tokens
from local_test.service.resources.model_packages.inference_specification import (
    complete_specifications,
)
from local_test.service.resources.model_packages.package_creation import create_package
from local_test.service.resources.model_packages.package_list import list_packages
from local_test.service.resources.model_packages.package_update import merge_update
from local_test.service.resources.model_packages.resource import (
    MODEL_PACKAGE,
    find_package,
)

_CONTENT = "ModelCardContent"
_BUSY = {"Pending", "InProgress"}


def update_package(backend: Backend, region: str, request: dict[str, Any]) -> str:
    """Change a package with a version as UpdateModelPackage does, and return its ARN.

    Raises ApiError, UserError or EngineError when the request is invalid.
    """
    arn = request[MODEL_PACKAGE.arn_field]
    record = find_package(backend, region, arn)
    if "ModelPackageVersion" not in record:
        raise invalid(f"ModelPackage {arn} has no version. Only versions can be updated.")
    if client_tokens.is_repeated_update(record, request):
        return str(record[MODEL_PACKAGE.arn_field])
    added = request.get("AdditionalInferenceSpecificationsToAdd")
    given = request | ({"AdditionalInferenceSpecifications": added} if added else {})
    skips = record.get("SkipModelValidation") == "All"
    found = complete_specifications(backend, region, given, looks_inside=not skips)
    if added:
        found["AdditionalInferenceSpecificationsToAdd"] = found["AdditionalInferenceSpecifications"]
    with backend.records.lock():
        record = find_package(backend, region, arn)
        if not client_tokens.is_repeated_update(record, request):
            changes = merge_update(record, request | found, now())
            changes |= client_tokens.mark_updated(record, request)
            key = MODEL_PACKAGE.key_of(record)
            backend.records.update(MODEL_PACKAGE, region, key, **changes)
    return str(record[MODEL_PACKAGE.arn_field])


def _update(backend: Backend, call: ApiCall) -> Output:
    return {MODEL_PACKAGE.arn_field: update_package(backend, call.region, call.request)}


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find_package(backend, call.region, call.request[MODEL_PACKAGE.name_field])
    described = select_fields(record, call.output_shape)
    card = described.get("ModelCard", {})
    if call.request.get("IncludedData") == "MetadataOnly" and _CONTENT in card:
        described["ModelCard"] = card | {_CONTENT: _reduce_card(card[_CONTENT])}
    return described


def _reduce_card(content: str) -> str:
    """Return the part of a model card that is not encrypted.

    Source: API, DescribeModelPackage, `ModelCard`: of a package's card the risk rating remains.
    """
    uses = json.loads(content).get("intended_uses")
    rated = isinstance(uses, dict) and "risk_rating" in uses
    return json.dumps({"intended_uses": {"risk_rating": uses["risk_rating"]}} if rated else {})


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = find_package(backend, call.region, call.request[MODEL_PACKAGE.name_field])
        if record["ModelPackageStatus"] in _BUSY:
            raise ApiError(
                "ConflictException",
                f"Model package is being validated: {record[MODEL_PACKAGE.arn_field]}. "
                "Delete it when its status is Completed or Failed.",
            )
        backend.records.remove(MODEL_PACKAGE, call.region, MODEL_PACKAGE.key_of(record))
    return {}


def _batch_describe(backend: Backend, call: ApiCall) -> Output:
    summaries, errors = {}, {}
    shape = None if call.output_shape is None else call.output_shape.members
    entry = None if shape is None else shape["ModelPackageSummaries"].value
    for arn in call.request["ModelPackageArnList"]:
        try:
            summaries[arn] = select_fields(find_package(backend, call.region, arn), entry)
        except ApiError as error:
            errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}


PACKAGE_OPERATIONS: Operations = {
    "CreateModelPackage": create_package,
    "DescribeModelPackage": _describe,
    "ListModelPackages": list_packages,
    "UpdateModelPackage": _update,
    "DeleteModelPackage": _delete,
    "BatchDescribeModelPackage": _batch_describe,
}
