"""Client tokens: a request that a client repeats is answered again, and not done twice.

Source: API, CreateModelPackage and UpdateModelPackage, `ClientToken`.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE

_CREATED, _UPDATED = "CreationToken", "UpdateTokens"
_MAX_UPDATES = 20


def find_created(backend: Backend, call: ApiCall) -> str | None:
    """Return the ARN of the package that a repeated CreateModelPackage made, None if it is new.

    Raises ApiError when another request had the token.
    """
    if "ClientToken" not in call.request:
        return None
    for _, record in backend.records.list_all(MODEL_PACKAGE, call.region):
        if _is_same(call.request, record.get(_CREATED, {})):
            return str(record[MODEL_PACKAGE.arn_field])
    return None


def mark_created(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record's fields that recognise the request that made it."""
    return {_CREATED: _sign(request)} if "ClientToken" in request else {}


def is_repeated_update(record: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    """Return True if a package was updated by this request before.

    Raises ApiError when another request had the token.
    """
    return any(_is_same(request, entry) for entry in record.get(_UPDATED, ()))


def mark_updated(record: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record's fields that recognise its last 20 updates."""
    if "ClientToken" not in request:
        return {}
    return {_UPDATED: [*record.get(_UPDATED, ()), _sign(request)][-_MAX_UPDATES:]}


def _is_same(request: Mapping[str, Any], entry: Mapping[str, str]) -> bool:
    if request.get("ClientToken") is None or request["ClientToken"] != entry.get("Token"):
        return False
    if _sign(request) != entry:
        raise ApiError(
            "ConflictException",
            f"ClientToken used by another request: {request['ClientToken']}. Send a new one.",
        )
    return True


def _sign(request: Mapping[str, Any]) -> dict[str, str]:
    content = json.dumps(request, sort_keys=True).encode()
    return {"Token": request["ClientToken"], "Digest": hashlib.sha256(content).hexdigest()}
