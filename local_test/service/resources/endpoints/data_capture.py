"""What a data capture configuration keeps of a request and its answer.

Source: Developer Guide, 'Capture data from real-time endpoint', and API, DataCaptureConfig.
"""

import base64
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_test.endpoints import EndpointResponse

_chance = secrets.SystemRandom()
_WANTED = {"Input": {"Input"}, "Output": {"Output"}, "InputAndOutput": {"Input", "Output"}}


def chosen(config: Mapping[str, Any]) -> bool:
    """Return whether a request is captured: by chance, as often as the sampling percentage says."""
    percentage = float(config["InitialSamplingPercentage"])
    return bool(config.get("EnableCapture", True)) and _chance.random() * 100 < percentage


def capture(
    config: Mapping[str, Any], asked: Mapping[str, Any], body: bytes, answer: EndpointResponse
) -> dict[str, Any]:
    """Return one line of a capture file: what came in, what went out, and when."""
    wanted = set[str]()
    for option in config["CaptureOptions"]:
        wanted |= _WANTED[option["CaptureMode"]]
    headers = config.get("CaptureContentTypeHeader", {})
    data = {}
    if "Input" in wanted:
        data["endpointInput"] = _part("INPUT", body, asked.get("ContentType"), headers)
    if "Output" in wanted:
        data["endpointOutput"] = _part("OUTPUT", answer.body, answer.content_type, headers)
    identity = {"eventId": str(uuid.uuid4())}
    if "InferenceId" in asked:
        identity["inferenceId"] = asked["InferenceId"]
    return {
        "captureData": data,
        "eventMetadata": identity | {"inferenceTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"},
        "eventVersion": "0",
    }


def _part(
    mode: str, body: bytes, content_type: str | None, headers: Mapping[str, Any]
) -> dict[str, str]:
    encoding = _encoding(body, content_type or "", headers)
    plain = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode()
    seen = {} if content_type is None else {"observedContentType": content_type}
    return seen | {"mode": mode, "data": plain, "encoding": encoding}


def _encoding(body: bytes, content_type: str, headers: Mapping[str, Any]) -> str:
    media = content_type.partition(";")[0].strip().lower()
    for field, encoding in (("CsvContentTypes", "CSV"), ("JsonContentTypes", "JSON")):
        if media in {name.lower() for name in headers.get(field, ())} and _is_text(body):
            return encoding
    return "BASE64"


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def summary(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what DescribeEndpoint says of a data capture configuration, None without one."""
    if config is None:
        return None
    enabled = config.get("EnableCapture", True)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
