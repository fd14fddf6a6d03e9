"""Signed JSON requests to one AWS service over connections that are kept."""

from __future__ import annotations

import hashlib
import json
import ssl
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tandem.aws.credentials import CredentialCache
from tandem.aws.signature import Scope, sign
from tandem.errors import TandemError

_BLOCK = 1 << 16
_LONGEST_MESSAGE = 300


class RequestFailedError(Exception):
    """The service did not answer in time, refused the request, or gave no JSON object."""


@dataclass(frozen=True)
class ServiceAddress:
    """The URL of a service without a final slash, and what requests to it are signed for."""

    url: str
    region: str
    service: str


class SignedClient:
    """Sends JSON to a service; thread-safe, and safe to be forked before its first request."""

    def __init__(self, address: ServiceAddress, variables: Mapping[str, str]) -> None:
        self._address = address
        self._credentials = CredentialCache(variables)
        place = urlsplit(address.url)
        self._host, self._port, self._folder = place.hostname or "", place.port, place.path
        self._context = (
            ssl.create_default_context(cafile=variables.get("AWS_CA_BUNDLE"))
            if place.scheme == "https"
            else None
        )
        self._idle: list[HTTPConnection] = []
        weakref.finalize(self, _close_all, self._idle)

    def post(self, path: str, content: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Send a JSON object and return the JSON object that is answered within so many seconds.

        A kept connection that the other side has closed meanwhile is replaced once. Raises
        RequestFailedError when there is no answer in time, or one with another status than 200.
        """
        deadline = time.monotonic() + seconds
        body = json.dumps(content).encode()
        try:
            headers = self._sign(path, body)
            while self._idle:
                try:
                    return self._exchange(self._idle.pop(), path, body, headers, deadline)
                except (ConnectionError, HTTPException, IndexError):
                    continue
            return self._exchange(self._connect(), path, body, headers, deadline)
        except TimeoutError as error:
            raise RequestFailedError(f"no answer within {seconds * 1000:.0f} ms") from error
        except (OSError, HTTPException, ValueError, TandemError) as error:
            raise RequestFailedError(str(error) or type(error).__name__) from error

    def _sign(self, path: str, body: bytes) -> dict[str, str]:
        address = self._address
        scope = Scope(address.region, address.service, datetime.now(UTC))
        digest = hashlib.sha256(body).hexdigest()
        signed = sign("POST", address.url + path, digest, scope, self._credentials.read())
        return {**signed, "content-type": "application/json"}

    def _connect(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection(self._host, self._port)
        return HTTPSConnection(self._host, self._port, context=self._context)

    def _exchange(
        self,
        connection: HTTPConnection,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        deadline: float,
    ) -> dict[str, Any]:
        kept = False
        try:
            _limit(connection, deadline)
            connection.request("POST", self._folder + path, body, dict(headers))
            _limit(connection, deadline)
            with connection.getresponse() as response:
                answer = _read(connection, response, deadline)
                kept = not response.will_close
                return _parse(response.status, answer)
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()


def _close_all(connections: list[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


def _limit(connection: HTTPConnection, deadline: float) -> None:
    """Let the next operation of a connection end at the deadline. Raises TimeoutError after it."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.timeout = left
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _read(connection: HTTPConnection, response: HTTPResponse, deadline: float) -> bytes:
    parts = list[bytes]()
    while not response.isclosed():
        _limit(connection, deadline)
        parts.append(response.read1(_BLOCK))
        if not parts[-1]:
            break
    return b"".join(parts)


def _parse(status: int, answer: bytes) -> dict[str, Any]:
    if status != HTTPStatus.OK:
        text = answer[:_LONGEST_MESSAGE].decode(errors="replace")
        raise RequestFailedError(f"status {status}: {_find_message(answer) or text}")
    content = json.loads(answer)
    if not isinstance(content, dict):
        raise RequestFailedError("the answer is no JSON object")
    return content


def _find_message(answer: bytes) -> str:
    try:
        content = json.loads(answer)
    except ValueError:
        return ""
    found = content.get("message") or content.get("Message") if isinstance(content, dict) else ""
    return str(found or "")[:_LONGEST_MESSAGE]
