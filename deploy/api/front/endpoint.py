"""The endpoint: asked over kept connections, its errors turned into the client's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

from .problems import Flaw, Problem

_JSON = "application/json"
_EXPLANATION = "explanation"
_CONNECT_SECONDS = 2.0
_RETRY_AFTER = {"Retry-After": "1"}
# Codes of a service that has too much to do, and the status that tells a client so.
_BUSY: Mapping[str, int] = {
    "ThrottlingException": 429,
    "Throttling": 429,
    "TooManyRequestsException": 429,
    "ModelNotReadyException": 503,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
}


@dataclass(frozen=True)
class Prediction:
    """The endpoint's answer: JSON, and what the model says beside it (may be empty)."""

    body: str
    attributes: str


class EndpointClient:
    """One endpoint; the client is made once and keeps its connections between events."""

    def __init__(self, name: str, timeout_seconds: float) -> None:
        self._name = name
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=timeout_seconds,
            tcp_keepalive=True,
            # Whoever asks is waiting: 429 and 503 say when to ask again.
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        self._client: Any = boto3.client("sagemaker-runtime", config=config)

    def predict(self, payload: bytes, request_id: str, *, explain: bool = False) -> Prediction:
        """Ask for the predictions of a JSON payload, with their attributions to `explain` them.

        Raises Problem for any other answer.
        """
        attributes = f"request-id={request_id}" + (f";output={_EXPLANATION}" if explain else "")
        try:
            response = self._invoke(payload, request_id, attributes)
            body = response["Body"].read().decode()
        except ClientError as error:
            raise _translate_error(error.response) from error
        except (ReadTimeoutError, ConnectTimeoutError) as error:
            raise _make_timeout_problem(str(error)) from error
        except (BotoCoreError, HTTPClientError) as error:
            raise _make_unreachable_problem(str(error)) from error
        except UnicodeDecodeError as error:
            raise Problem(502, "The model failed.", cause=f"its answer: {error}") from error
        return Prediction(body, response.get("CustomAttributes", ""))

    def _invoke(self, payload: bytes, request_id: str, attributes: str) -> Any:
        def send() -> Any:
            return self._client.invoke_endpoint(
                EndpointName=self._name,
                Body=payload,
                ContentType=_JSON,
                Accept=_JSON,
                InferenceId=request_id,
                CustomAttributes=attributes,
            )

        try:
            return send()
        except ConnectionClosedError:
            # A kept connection may be closed by the other side while the function is frozen.
            return send()


def _translate_error(response: Mapping[str, Any]) -> Problem:
    code, message = response["Error"]["Code"], response["Error"]["Message"]
    if code == "ModelError":
        return _translate_model_error(
            int(response.get("OriginalStatusCode", 0)), response.get("OriginalMessage", "")
        )
    if code in _BUSY:
        status = _BUSY[code]
        words = "Too many requests" if status == 429 else "The model is not ready"
        return Problem(status, f"{words}; ask again later.", headers=_RETRY_AFTER, cause=message)
    return _make_unreachable_problem(f"{code}: {message}")


def _translate_model_error(status: int, message: str) -> Problem:
    if "timed out" in message:
        return _make_timeout_problem(message)
    if not 400 <= status < 500:
        return Problem(502, "The model failed.", cause=f"{status}: {message}")
    try:
        error_document = json.loads(message)
        flaws = [Flaw(error_document["row"], error_document["column"], error_document["message"])]
    except (ValueError, TypeError, KeyError, RecursionError):
        flaws = []
    detail = flaws[0].detail if flaws else _extract_message(message)
    return Problem(413 if status == 413 else 400, detail, flaws=flaws, cause=message)


def _extract_message(message: str) -> str:
    try:
        error_document = json.loads(message)
    except (ValueError, RecursionError):
        return message
    return (
        str(error_document["message"])
        if isinstance(error_document, dict) and "message" in error_document
        else message
    )


def _make_timeout_problem(cause: str) -> Problem:
    return Problem(504, "The model did not answer in time.", cause=cause)


def _make_unreachable_problem(cause: str) -> Problem:
    return Problem(502, "The model cannot be reached.", cause=cause)
