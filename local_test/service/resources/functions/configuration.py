"""The configuration of functions: defaults, and the parts that are not done here."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.resources.functions.code_package import CodePackage
from local_test.service.resources.functions.resource import LATEST, make_function_arn, refuse
from local_test.service.storage.records import Record

FIELDS = (
    "Role",
    "Handler",
    "Runtime",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Architectures",
    "EphemeralStorage",
    "TracingConfig",
    "VpcConfig",
    "LoggingConfig",
)
_DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
}
_PYTHON = re.compile(r"python3\.\d+")
_HANDLER = re.compile(r"[\w./-]+\.\w+")
_NOT_DONE = {
    "Layers": "Put the packages into the archive",
    "DeadLetterConfig": "Let the handler report its failures",
    "FileSystemConfigs": "Read the files from S3",
    "ImageConfig": "Use a zip archive with Python code",
    "CapacityProviderConfig": "Leave it out",
    "DurableConfig": "Leave it out",
    "TenancyConfig": "Leave it out",
}


def check_configuration(request: Mapping[str, Any]) -> None:
    """Check a request. Raises ApiError when it has what is not done here."""
    if request.get("PackageType", "Zip") != "Zip":
        raise refuse("unsupported package type: Image. Use a zip archive with Python code.")
    for field, advice in _NOT_DONE.items():
        if request.get(field):
            raise refuse(f"unsupported {field} of a function. {advice}.")
    if request.get("Publish"):
        raise refuse("unsupported versions of a function. Leave Publish out, and use $LATEST.")
    if request.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise refuse("unsupported SnapStart of a function. Leave it out.")
    runtime, handler = request.get("Runtime"), request.get("Handler")
    if runtime is not None and not _PYTHON.fullmatch(runtime):
        raise refuse(f"unsupported runtime: {runtime}. The local service runs python3.x.")
    if handler is not None and not _HANDLER.fullmatch(handler):
        raise refuse(f"invalid handler: {handler}. Use module.function.")


def make_record(region: str, request: Mapping[str, Any], code: CodePackage) -> Record:
    """Return the record of a new function. Raises ApiError without a runtime or handler."""
    for field in ("Runtime", "Handler"):
        if field not in request:
            raise refuse(f"{field} is mandatory for functions created with deployment packages.")
    name = request["FunctionName"]
    group = request.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
    chosen = {field: request[field] for field in FIELDS if field in request}
    return {
        **_DEFAULTS,
        **chosen,
        **describe_code(code),
        "FunctionName": name,
        "FunctionArn": make_function_arn(region, name),
        "PackageType": "Zip",
        "Version": LATEST,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": group},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "Tags": list_tags(request.get("Tags", {})),
        "Statements": [],
        "CreationTime": now(),
    }


def describe_code(code: CodePackage) -> Record:
    """Return the fields of a record that change with its code."""
    return {
        "CodeFolder": code.folder,
        "CodeSha256": code.sha256,
        "CodeSize": code.size,
        **mark_change(),
    }


def mark_change() -> Record:
    """Return the fields of a record that change with each update."""
    moment = datetime.fromtimestamp(now(), UTC)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
    return {"LastModified": text, "RevisionId": str(uuid.uuid4())}


def list_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as records have them; Lambda's API has a mapping."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def map_tags(record: Record) -> dict[str, str]:
    """Return the tags of a record as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in record["Tags"]}
