"""Forward the requests of MLflow clients to the server that they name.

The plugin `sagemaker-mlflow` sends requests to one address for all servers and names the server's
ARN in a header (source: its module mlflow_sagemaker_request_header_provider).
"""

import re
from urllib.parse import quote

import urllib3
from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.backend import Backend
from local_test.service.resources.mlflow.model_registration import register_version
from local_test.service.resources.mlflow.resource import (
    STARTING,
    TYPES,
    ServerKey,
    registers_models,
)
from local_test.service.resources.registration import Route
from local_test.service.storage.records import Record

_HEADERS = ("x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn")
_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):\d{12}:([a-z-]+)/([A-Za-z0-9-]+)")
_NOT_FORWARDED = {"host", "connection", "content-length", "authorization", "accept-encoding"}
_NOT_RETURNED = {"connection", "transfer-encoding", "content-length", "server", "date"}
_REGISTERED = re.compile(r"/(?:ajax-)?api/\d\.\d/mlflow/model-versions/create")
_CONNECTIONS = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=300))


def find_server(backend: Backend, arn: str) -> tuple[ServerKey, Record]:
    """Return the server with an ARN, and its record. Raises ApiError when there is none."""
    match = _ARN.fullmatch(arn)
    resource = TYPES.get(match[2]) if match else None
    if match is None or resource is None:
        raise invalid(f"no ARN of an MLflow tracking server or app: {arn or 'none is given'}.")
    key = ServerKey(resource, match[1], match[3])
    return key, backend.records.get(resource, key.region, key.name)


def _forward(backend: Backend, request: Request) -> Response:
    """Answer as the server answers. Raises ApiError when it does not run."""
    arns = [request.headers[name] for name in _HEADERS if name in request.headers]
    key, record = find_server(backend, arns[0] if arns else "")
    if record.get("IsActive") != "Active":
        raise _make_refusal(key, record)
    path = f"{quote(request.path)}?{request.query_string.decode()}"
    try:
        answer = _CONNECTIONS.request(
            request.method,
            f"http://127.0.0.1:{record['Port']}{path}",
            body=request.get_data(),
            headers={
                name: value for name, value in request.headers if name.lower() not in _NOT_FORWARDED
            },
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise ApiError("ServiceUnavailable", f"{key.arn} does not answer: {error}.", 503) from error
    registered = _REGISTERED.fullmatch(request.path) and answer.status == 200
    if registered and registers_models(record):
        register_version(backend, key, answer.json()["model_version"])
    headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in _NOT_RETURNED]
    return Response(answer.data, answer.status, headers)


def _make_refusal(key: ServerKey, record: Record) -> ApiError:
    """Return the error of a server that does not run; clients try again while it starts."""
    status = record[key.resource.status_field]
    sentence = f"{key.arn} does not run: its status is {status}"
    if status in STARTING:
        return ApiError("ServiceUnavailable", f"{sentence}.", 503)
    reason = record.get("FailureReason")
    return ApiError("ConflictException", f"{sentence}: {reason}" if reason else f"{sentence}.", 409)


ROUTE = Route(re.compile(r"/(?:ajax-)?api/\d\.\d/mlflow.*"), _forward)
