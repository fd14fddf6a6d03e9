"""Where a tracking server is and how requests to it are authorised.

Sources: MLflow, 'Environment variables' (MLFLOW_TRACKING_*); the client plugin `sagemaker-mlflow`,
modules `mlflow_sagemaker_helpers` and `auth_provider`, for servers and apps that an ARN names.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tandem.aws.credentials import find_credentials
from tandem.aws.signature import Scope, sign
from tandem.errors import UserError

Authorise = Callable[[str, str, str], Mapping[str, str]]
"""Returns the headers that authorise a request, of its method, URL and SHA-256 of the body."""

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-us-gov):sagemaker:(?P<region>[a-z0-9-]+):\d{12}"
    r":(?P<kind>mlflow-tracking-server|mlflow-app)/[A-Za-z0-9-]+"
)
_MANAGED = {
    "mlflow-tracking-server": (
        "https://{region}.experiments.sagemaker.aws",
        "sagemaker-mlflow",
        "x-mlflow-sm-tracking-server-arn",
    ),
    "mlflow-app": (
        "https://mlflow.sagemaker.{region}.app.aws",
        "sagemaker",
        "x-sm-mlflow-app-arn",
    ),
}
_CUSTOM_ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"


@dataclass(frozen=True)
class ServerAccess:
    """The base URL of a server without a final slash, its TLS context, and the authorisation."""

    url: str
    context: ssl.SSLContext
    authorise: Authorise


def find_server(uri: str, mlflow: Mapping[str, str], aws: Mapping[str, str]) -> ServerAccess:
    """Return the access to the server of a tracking URI, which is http(s) or an ARN.

    `mlflow` and `aws` are the variables of their clients. Raises UserError when the URI is neither.
    """
    context = _make_context(mlflow)
    match = _ARN.fullmatch(uri)
    if match:
        host, service, header = _MANAGED[match["kind"]]
        url = mlflow.get(_CUSTOM_ENDPOINT) or host.format(region=match["region"])
        named = {header: uri}
        return ServerAccess(url.rstrip("/"), context, _make_signer(named, match, service, aws))
    if urlsplit(uri).scheme not in {"http", "https"} or not urlsplit(uri).netloc:
        raise UserError(
            f"MLFLOW_TRACKING_URI names no server: {uri[:200]!r}",
            remedy="Give an address that begins with http:// or https://, or the ARN of an MLflow"
            " tracking server or app of SageMaker",
        )
    headers = _make_login(mlflow)
    return ServerAccess(uri.rstrip("/"), context, lambda _method, _url, _digest: headers)


def _make_signer(
    named: Mapping[str, str], arn: re.Match[str], service: str, aws: Mapping[str, str]
) -> Authorise:
    def authorise(method: str, url: str, digest: str) -> Mapping[str, str]:
        scope = Scope(arn["region"], service, datetime.now(UTC))
        return {**named, **sign(method, url, digest, scope, find_credentials(aws))}

    return authorise


def _make_login(mlflow: Mapping[str, str]) -> Mapping[str, str]:
    token, user = mlflow.get("MLFLOW_TRACKING_TOKEN"), mlflow.get("MLFLOW_TRACKING_USERNAME")
    if user:
        login = f"{user}:{mlflow.get('MLFLOW_TRACKING_PASSWORD', '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
    return {"Authorization": f"Bearer {token}"} if token else {}


def _make_context(mlflow: Mapping[str, str]) -> ssl.SSLContext:
    file = mlflow.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError as error:
        raise UserError(
            f"MLFLOW_TRACKING_SERVER_CERT_PATH cannot be read: {file}: {error}"
        ) from error
    if mlflow.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
