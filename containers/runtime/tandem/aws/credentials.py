"""The credentials of a container: variables, the container's address, or the machine's metadata.

Sources: AWS SDKs Reference Guide, 'Container credential provider' and 'IMDS credential provider';
botocore, `utils.ContainerMetadataFetcher`, for the hosts that plain HTTP may reach.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from tandem.errors import UserError

_CONTAINER = "AWS_CONTAINER_CREDENTIALS"
_AUTHORIZATION = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
_CONTAINER_HOST = "http://169.254.170.2"
_METADATA_HOST = "http://169.254.169.254/"
_PLAIN_HOSTS = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1"}
_ROLE = "latest/meta-data/iam/security-credentials/"
_TOKEN_SECONDS = "21600"  # noqa: S105 - how long the token is valid
_SECONDS = 5
_RENEWAL = timedelta(minutes=5)

_REMEDY = (
    "Give the job a role, or the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a job with"
    " network isolation has no credentials"
)


@dataclass(frozen=True)
class Credentials:
    """An access key, its secret, and the token of a session, "" for a user's own key.

    `expires` is the time (UTC) from which they are invalid, None for a user's own key.
    """

    key: str
    secret: str
    token: str = ""
    expires: datetime | None = None


class CredentialCache:
    """The credentials that variables name, looked for again before they expire; thread-safe."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._lock = threading.Lock()
        self._found: Credentials | None = None

    def read(self) -> Credentials:
        """Return valid credentials. Raises UserError as `find_credentials` does."""
        found = self._found
        if found is None or _is_near(found.expires):
            with self._lock:
                if self._found is found:
                    self._found = find_credentials(self._variables)
                found = self._found or find_credentials(self._variables)
        return found


def find_credentials(variables: Mapping[str, str]) -> Credentials:
    """Return the credentials that the AWS variables name, as the AWS SDKs look for them.

    Raises UserError when there are none, or when their address does not answer with them.
    """
    key, secret = variables.get("AWS_ACCESS_KEY_ID"), variables.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, variables.get("AWS_SESSION_TOKEN", ""))
    try:
        if f"{_CONTAINER}_RELATIVE_URI" in variables or f"{_CONTAINER}_FULL_URI" in variables:
            return _read(_fetch(*_locate_container(variables)))
        return _fetch_from_metadata(variables)
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise UserError(f"there are no AWS credentials: {error}", remedy=_REMEDY) from error


def _locate_container(variables: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the address of the container's credentials, and the headers of its request."""
    relative = variables.get(f"{_CONTAINER}_RELATIVE_URI")
    address = _CONTAINER_HOST + relative if relative else variables[f"{_CONTAINER}_FULL_URI"]
    place = urlsplit(address)
    if place.scheme != "https" and place.hostname not in _PLAIN_HOSTS:
        raise ValueError(f"{address} is neither HTTPS nor on this machine")
    file = variables.get(f"{_AUTHORIZATION}_FILE")
    token = Path(file).read_text(encoding="utf-8") if file else variables.get(_AUTHORIZATION, "")
    return address, {"Authorization": token.strip()} if token else {}


def _fetch_from_metadata(variables: Mapping[str, str]) -> Credentials:
    if variables.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        raise ValueError("AWS_EC2_METADATA_DISABLED is true and no other variable names some")
    host = variables.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", _METADATA_HOST)
    host = host if host.endswith("/") else f"{host}/"
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": _TOKEN_SECONDS}
    token = _fetch(urljoin(host, "latest/api/token"), lifetime, method="PUT").decode()
    given = {"X-aws-ec2-metadata-token": token}
    role = _fetch(urljoin(host, _ROLE), given).decode().split()[0]
    return _read(_fetch(urljoin(host, _ROLE + role), given))


def _fetch(address: str, headers: Mapping[str, str], method: str = "GET") -> bytes:
    # Never through a proxy: the address is one of this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, headers=dict(headers), method=method)  # noqa: S310
    with opener.open(request, timeout=_SECONDS) as response:
        return bytes(response.read())


def _read(content: bytes) -> Credentials:
    given = json.loads(content)
    expires = given.get("Expiration")
    return Credentials(
        given["AccessKeyId"],
        given["SecretAccessKey"],
        given.get("Token", ""),
        datetime.fromisoformat(expires) if expires else None,
    )


def _is_near(expires: datetime | None) -> bool:
    """Return whether credentials expire within five minutes; new ones are there by then."""
    return expires is not None and expires - datetime.now(UTC) < _RENEWAL
