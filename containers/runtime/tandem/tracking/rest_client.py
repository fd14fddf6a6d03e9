"""Requests to MLflow's REST API.

Source: MLflow, 'REST API' (version 2.0, which versions 1 to 3 of the server have).
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from tandem.aws.signature import EMPTY
from tandem.errors import UserError
from tandem.tracking.errors import RequestRefusedError, ServerUnreachableError
from tandem.tracking.server_access import ServerAccess

_API = "/api/2.0/mlflow/"
_SECONDS = 10
_LONGEST_ANSWER = 1 << 20
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class RestClient:
    """Sends requests; each socket operation has ten seconds."""

    def __init__(self, access: ServerAccess) -> None:
        self._access = access
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=access.context)
        )

    @property
    def address(self) -> str:
        """The server's address, for messages."""
        return self._access.url

    def post(self, call: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Send a call such as `runs/create` and return its answer.

        Raises ServerUnreachableError and RequestRefusedError.
        """
        url = f"{self._access.url}{_API}{call}"
        # What JSON has no number for (NaN, Infinity) the server reads as Python writes it.
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json"}
        digest = hashlib.sha256(body).hexdigest()
        return self._read_answer("POST", url, digest, headers, body)

    def get(self, call: str, query: str) -> dict[str, Any]:
        """Send a call with an encoded query and return its answer; raises what `post` raises."""
        return self._read_answer("GET", f"{self._access.url}{_API}{call}?{query}", EMPTY, {}, None)

    def put_artifact(self, path: str, file: Path) -> None:
        """Upload a file through the server; `path` is encoded. Raises what `post` raises."""
        url = f"{self._access.url}/api/2.0/mlflow-artifacts/artifacts/{path}"
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(file.stat().st_size),
        }
        with file.open("rb") as stream:
            self._send("PUT", url, compute_digest(file), headers, stream)

    def _read_answer(
        self,
        method: str,
        url: str,
        digest: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> dict[str, Any]:
        content = self._send(method, url, digest, headers, body)
        try:
            answer = json.loads(content or b"{}")
        except ValueError as error:
            raise RequestRefusedError("the answer is not JSON: no MLflow server") from error
        if not isinstance(answer, dict):
            raise RequestRefusedError("the answer is no JSON object: no MLflow server")
        return answer

    def _send(
        self,
        method: str,
        url: str,
        digest: str,
        headers: Mapping[str, str],
        body: bytes | IO[bytes] | None,
    ) -> bytes:
        try:
            signed = {**headers, **self._access.authorise(method, url, digest)}
            request = urllib.request.Request(url, data=body, headers=signed, method=method)  # noqa: S310 - checked
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise _read_refusal(error) from error
        except (OSError, HTTPException, UserError) as error:
            reason = getattr(error, "reason", error)
            raise ServerUnreachableError(str(reason)) from error


def compute_digest(file: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_refusal(
    error: urllib.error.HTTPError,
) -> ServerUnreachableError | RequestRefusedError:
    try:
        content = error.read(_LONGEST_ANSWER)
    except (OSError, HTTPException):
        content = b""
    try:
        answer = json.loads(content)
        code, message = str(answer["error_code"]), str(answer["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "", content[:200].decode(errors="replace").strip()
    sentence = f"status {error.code}: {message or error.reason}"
    if error.code in _PASSING or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerUnreachableError(sentence)
    return RequestRefusedError(sentence, code)
