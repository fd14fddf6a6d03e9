"""The addresses from which AWS clients in containers fetch the credentials of their role.

Below `/v2/credentials/KEY` are both protocols that clients have for it: the container credentials
(one address), and the EC2 instance metadata service (`latest/...`, with a token first).

Source: AWS SDKs and Tools Reference Guide, 'Container credential provider' and 'IMDS credential
provider'; botocore, `ContainerMetadataFetcher` and `InstanceMetadataFetcher`.
"""

import json
import re
from datetime import datetime

from werkzeug.wrappers import Request, Response

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.container_access.role_sessions import RoleCredentials, RoleSessions

PREFIX = "/v2/credentials"
PATHS = re.compile(rf"{PREFIX}/([A-Za-z0-9_-]+)(/.*)?", re.DOTALL)
_TOKEN_PATH = "/latest/api/token"  # noqa: S105
_ROLES_PATH = "/latest/meta-data/iam/security-credentials/"
_TOKEN_SECONDS = "X-aws-ec2-metadata-token-ttl-seconds"  # noqa: S105
_METADATA_TOKEN = "local"  # noqa: S105 - the path has the secret
_JSON = "application/json"


def answer_credentials_request(sessions: RoleSessions, request: Request) -> Response | None:
    """Answer a request for credentials; return None if it asks for something else."""
    match = PATHS.fullmatch(request.path)
    if match is None:
        return None
    credentials = sessions.get_credentials(match[1])
    if credentials is None:
        return _refuse(404, "InvalidIdInRequest", "no credentials: the job or endpoint has ended.")
    return _answer_path(credentials, match[2] or "", request)


def _answer_path(credentials: RoleCredentials, path: str, request: Request) -> Response:
    if path == _TOKEN_PATH:
        return _answer_token(request)
    if request.method != "GET":
        return _refuse(405, "InvalidMethod", f"unsupported method {request.method}: use GET.")
    if not path:
        return _make_response(_describe_container_credentials(credentials))
    if path == _ROLES_PATH:
        return Response(credentials.role_name, content_type="text/plain")
    if path == f"{_ROLES_PATH}{credentials.role_name}":
        return _make_response(_describe_instance_credentials(credentials))
    return _refuse(404, "NotFound", f"no such metadata: {path}. Only credentials are here.")


def _answer_token(request: Request) -> Response:
    if request.method != "PUT":
        return _refuse(405, "InvalidMethod", f"unsupported method {request.method}: use PUT.")
    seconds = request.headers.get(_TOKEN_SECONDS, "")
    if not seconds.isascii() or not seconds.isdigit():
        return _refuse(400, "InvalidRequest", f"missing seconds: header {_TOKEN_SECONDS}. Send it.")
    headers = {_TOKEN_SECONDS: seconds}
    return Response(_METADATA_TOKEN, content_type="text/plain", headers=headers)


def _describe_container_credentials(credentials: RoleCredentials) -> dict[str, str]:
    return {
        "RoleArn": credentials.role_arn,
        "AccountId": ACCOUNT,
        **_describe_keys(credentials),
    }


def _describe_instance_credentials(credentials: RoleCredentials) -> dict[str, str]:
    return {
        "Code": "Success",
        "LastUpdated": _format_time(credentials.issued),
        "Type": "AWS-HMAC",
        **_describe_keys(credentials),
    }


def _describe_keys(credentials: RoleCredentials) -> dict[str, str]:
    return {
        "AccessKeyId": credentials.access_key,
        "SecretAccessKey": credentials.secret_key,
        "Token": credentials.session_token,
        "Expiration": _format_time(credentials.expiration),
    }


def _format_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _make_response(content: dict[str, str]) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(content), content_type=_JSON, headers=headers)


def _refuse(status: int, code: str, message: str) -> Response:
    return Response(json.dumps({"code": code, "message": message}), status, content_type=_JSON)
