"""Validation of a model package: a batch transform job for its profile, as the service runs one.

Source: API, CreateModelPackage, `ValidationSpecification`.
"""

import secrets
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE
from local_test.service.storage.records import Record

_POLL_SECONDS = 0.3
_FIELD = "ValidationSpecification"
_CONTAINER = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource", "Environment")


def prepare(record: Record) -> None:
    """Set the status of a new package that is to be validated; other packages are completed."""
    if not _needs_validation(record):
        return
    record["ModelPackageStatus"] = "Pending"
    record["ModelPackageStatusDetails"]["ValidationStatuses"] = [
        {"Name": profile["ProfileName"], "Status": "NotStarted"}
        for profile in record[_FIELD]["ValidationProfiles"]
    ]


def start(backend: Backend, region: str, record: Mapping[str, Any]) -> None:
    """Start the validation of a package in a thread; nothing if it has none."""
    if _needs_validation(record):
        key = MODEL_PACKAGE.key_of(dict(record))
        start_work(backend, MODEL_PACKAGE, region, key, partial(_run, backend, region, key))


def _needs_validation(record: Mapping[str, Any]) -> bool:
    return bool(
        record.get("SkipModelValidation") != "All"
        and record.get(_FIELD, {}).get("ValidationProfiles")
    )


def _run(backend: Backend, region: str, key: str, stop: threading.Event) -> None:
    """Run the profiles one by one; the package's status is Failed when one fails."""
    record = backend.records.get(MODEL_PACKAGE, region, key)
    specification = record[_FIELD]
    statuses: list[dict[str, str]] = record["ModelPackageStatusDetails"]["ValidationStatuses"]
    for index, profile in enumerate(specification["ValidationProfiles"]):
        name = profile["ProfileName"]
        statuses = [*statuses]
        statuses[index] = {"Name": name, "Status": "InProgress"}
        _save(backend, region, key, "InProgress", statuses)
        failure = _run_profile(backend, region, record, profile["TransformJobDefinition"], stop)
        statuses = [*statuses]
        statuses[index] = {"Name": name, "Status": "Failed" if failure else "Completed"}
        statuses[index] |= {"FailureReason": failure} if failure else {}
    failed = any(item["Status"] == "Failed" for item in statuses)
    _save(backend, region, key, "Failed" if failed else "Completed", statuses)


def _save(
    backend: Backend, region: str, key: str, status: str, statuses: list[dict[str, str]]
) -> None:
    details = {"ValidationStatuses": statuses, "ImageScanStatuses": []}
    changes = {"ModelPackageStatus": status, "ModelPackageStatusDetails": details}
    backend.records.update(MODEL_PACKAGE, region, key, **changes, LastModifiedTime=now())


def _run_profile(
    backend: Backend,
    region: str,
    record: Record,
    definition: Mapping[str, Any],
    stop: threading.Event,
) -> str | None:
    """Transform with a model of the package's containers; return why it failed, None if not."""
    client = backend.aws.client("sagemaker", region)
    name = f"model-package-validation-{secrets.token_hex(8)}"
    containers = [
        {field: item[field] for field in _CONTAINER if field in item}
        for item in record["InferenceSpecification"]["Containers"]
    ]
    role = record[_FIELD]["ValidationRole"]
    try:
        client.create_model(ModelName=name, ExecutionRoleArn=role, Containers=containers)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    try:
        return _transform(client, name, definition, stop)
    finally:
        client.delete_model(ModelName=name)


def _transform(
    client: Any, name: str, definition: Mapping[str, Any], stop: threading.Event
) -> str | None:
    try:
        client.create_transform_job(TransformJobName=name, ModelName=name, **definition)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    while True:
        job = client.describe_transform_job(TransformJobName=name)
        status = job["TransformJobStatus"]
        if status == "Completed":
            return None
        if status in {"Failed", "Stopped"}:
            return str(job.get("FailureReason", f"The transform job {name} is {status}."))
        if stop.is_set() and status == "InProgress":
            client.stop_transform_job(TransformJobName=name)
        stop.wait(_POLL_SECONDS)
