"""Which operation of which AWS service a request calls, after botocore's models."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import botocore.session  # type: ignore[import-untyped]
from moto.core.request import Request as MotoRequest
from moto.core.routing import RestRouter
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

from local_test.service.api.json_protocol import TARGET_PREFIX, read_credential_scope

FORM_TYPE = "application/x-www-form-urlencoded"
CBOR = "smithy-rpc-v2-cbor"
_SAGEMAKER = "sagemaker"
_REST = {"rest-json", "rest-xml"}
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")


@dataclass(frozen=True)
class CalledOperation:
    """An operation that a request calls.

    `service` is the name that the request was signed for ("s3" without a signature), `model`
    botocore's name of the service. `name` is "" for a path that no operation of the service has.
    `protocol` is the protocol of the request, and thus of its response, as botocore names it.
    """

    service: str
    model: str
    name: str
    protocol: str

    @property
    def is_sagemaker(self) -> bool:
        """Return True if it is an operation of one of SageMaker's APIs."""
        return self.service.startswith(_SAGEMAKER)


def identify_operation(environ: dict[str, Any], body: bytes) -> CalledOperation:
    """Return the operation that a request calls; `body` is needed for forms alone.

    The form of the request gives the protocol, as many services are spoken to in several.
    """
    request = Request(environ)
    service = read_credential_scope(request)[1]
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        if target.startswith(TARGET_PREFIX):
            service = _SAGEMAKER
        return CalledOperation(service, service, target.rpartition(".")[2], "json")
    if request.headers.get("Smithy-Protocol") == "rpc-v2-cbor":
        match = _CBOR_PATH.fullmatch(request.path)
        return CalledOperation(service, service, match[1] if match else "", CBOR)
    if not service.startswith((_SAGEMAKER, "s3")) and _is_query(request):
        return CalledOperation(
            service, service, _read_action(request, body), "ec2" if service == "ec2" else "query"
        )
    return _match_path(service or "s3", MotoRequest(dict(environ)))


def list_sagemaker_services() -> Sequence[str]:
    """Return botocore's names of all APIs of SageMaker."""
    services: list[str] = botocore.session.get_session().get_available_services()
    return [service for service in services if service.startswith(_SAGEMAKER)]


def _is_query(request: Request) -> bool:
    return "Action" in request.args or (request.content_type or "").startswith(FORM_TYPE)


def _read_action(request: Request, body: bytes) -> str:
    fields = parse_qs(body.decode("utf-8", errors="replace"))
    return request.args.get("Action") or fields.get("Action", [""])[0]


def _match_path(service: str, request: MotoRequest) -> CalledOperation:
    models = _list_rest_models(service)
    for model in models:
        try:
            operation, _ = _make_router(model).match(request)
        except NotFound:
            continue
        return CalledOperation(service, model, operation.name, get_service_model(model).protocol)
    protocol = get_service_model(models[0]).protocol if models else "rest-json"
    return CalledOperation(service, models[0] if models else service, "", protocol)


@cache
def _list_rest_models(service: str) -> Sequence[str]:
    """Return botocore's names of the REST services that are signed as `service`.

    Of SageMaker these are many. Elsewhere the names are nearly always the same.
    """
    available = botocore.session.get_session().get_available_services()
    names = list_sagemaker_services() if service.startswith(_SAGEMAKER) else [service]
    models = {name: get_service_model(name) for name in names if name in available}
    return [
        name
        for name, model in models.items()
        if model.protocol in _REST and model.signing_name == service
    ]


@cache
def _make_router(model: str) -> RestRouter:
    return RestRouter(get_service_model(model))
