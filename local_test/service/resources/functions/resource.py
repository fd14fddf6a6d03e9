"""The resource type of Lambda functions, their names, and the errors of Lambda's API."""

import re

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

FUNCTION = ResourceType("Function", "function", "Functions", "function", tagged=False)
LATEST = "$LATEST"
_NAME = re.compile(
    rf"(?:arn:aws:lambda:[a-z0-9-]+:)?(?:{ACCOUNT}:function:)?([A-Za-z0-9_-]{{1,64}})"
    r"(?::([A-Za-z0-9$_-]+))?"
)


def make_function_arn(region: str, name: str) -> str:
    """Return the ARN of a function."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def read_name(text: str, qualifier: str | None = None) -> str:
    """Return the name of a function from its name or its ARN, whole or in part.

    Raises ApiError when it is invalid, or names a version or alias: there is only `$LATEST`.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise refuse(f"invalid function name: {text}. Use a name, or an ARN of account {ACCOUNT}.")
    if (match[2] or qualifier or LATEST) != LATEST:
        raise not_found(f"Function not found: {text}:{match[2] or qualifier}")
    return match[1]


def find_function(backend: Backend, region: str, text: str, qualifier: str | None = None) -> Record:
    """Return the record of a function. Raises ApiError when there is none."""
    name = read_name(text, qualifier)
    try:
        return backend.records.get(FUNCTION, region, name)
    except ApiError as error:
        raise not_found(f"Function not found: {make_function_arn(region, name)}") from error


def refuse(message: str) -> ApiError:
    """Return the error for an invalid value."""
    return ApiError("InvalidParameterValueException", message)


def not_found(message: str) -> ApiError:
    """Return the error for a name without a resource."""
    return ApiError("ResourceNotFoundException", message, 404)


def conflict(message: str) -> ApiError:
    """Return the error for a name that is taken."""
    return ApiError("ResourceConflictException", message, 409)
