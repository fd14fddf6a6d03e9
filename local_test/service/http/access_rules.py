"""Which requests are allowed: signed ones, and a few without a signature. Body size limits.

No signature is verified: any credentials will do. A signature shows that an AWS client sent the
request, because a page in a browser cannot set `Authorization` without a preflight.
"""

import re
from urllib.parse import parse_qs

from werkzeug.wrappers import Request

from local_test.http_guard import COMMAND_HEADER, Refusal
from local_test.http_guard.refusals import Environ, make_forbidden
from local_test.service.api.json_protocol import TARGET_PREFIX, read_credential_scope
from local_test.service.container_access import credentials_routes
from local_test.service.http import original_host
from local_test.service.resources import registry

_KEY = f"HTTP_{COMMAND_HEADER.upper().replace('-', '_')}"
_SCHEMES = ("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 ", "AWS ")
_READS = {"GET", "HEAD", "OPTIONS"}
_PRESIGNED = {"PUT", "DELETE"}  # a form can send POST
_CONSOLE = re.compile("/console(/.*)?", re.DOTALL)
_OF_A_SERVICE = re.compile("/[^/_]*_[^/_]*/")  # moto reads /sqs_us-east-1/... as a call of SQS
_MEBIBYTE = 1 << 20
_SAGEMAKER_BYTES = 4 * _MEBIBYTE
_API_BYTES = 64 * _MEBIBYTE


def check_access(environ: Environ) -> Refusal | None:
    """Return the reason why a request is rejected, None if it is allowed."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if path.startswith("/moto-api"):
        return Refusal(404, "NotFound", f"no such page: {path}. Use the AWS API or /console.")
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if authorization.startswith(_SCHEMES) or environ.get(_KEY):
        return None
    if not authorization and _brings_secret(environ, path):
        return None
    query = parse_qs(environ.get("QUERY_STRING", ""))
    of_s3 = not (
        "HTTP_X_AMZ_TARGET" in environ
        or "Action" in query
        or _OF_A_SERVICE.match(path)
        or original_host.is_for_another_service(environ)
    )
    if of_s3 and method in _READS:
        return None
    if of_s3 and method in _PRESIGNED and ("X-Amz-Signature" in query or "Signature" in query):
        return None
    return make_forbidden(
        f"unsigned request: {method} {path}. Send it with an AWS client and any keys, "
        f"or with the header {COMMAND_HEADER}: 1."
    )


def _brings_secret(environ: Environ, path: str) -> bool:
    """Return whether the console's forms bring a token, or the path the key of credentials."""
    of_console = _CONSOLE.fullmatch(path) and not original_host.is_for_s3(environ)
    return bool(of_console or credentials_routes.PATHS.fullmatch(path))


def find_body_limit(environ: Environ) -> int | None:
    """Return a body's maximum size in bytes, None if the operation has its own limit."""
    if environ.get("HTTP_X_AMZ_TARGET", "").startswith(TARGET_PREFIX):
        return _SAGEMAKER_BYTES
    service = read_credential_scope(Request(environ))[1]
    if service in {"s3", ""} and not environ.get("HTTP_X_AMZ_TARGET"):
        return None
    return None if registry.limits_body(environ["PATH_INFO"]) else _API_BYTES
