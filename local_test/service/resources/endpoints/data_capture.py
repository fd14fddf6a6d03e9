"""Data capture: which requests are captured, and the line of a capture file.

Source: Developer Guide, 'Capture data from real-time endpoint', and API, DataCaptureConfig.
"""

import base64
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from local_test.endpoints import EndpointResponse
from local_test.service.api.resource_type import now
from local_test.service.events.event import format_time

_chance = secrets.SystemRandom()
_SIDES = {"Input": {"Input"}, "Output": {"Output"}, "InputAndOutput": {"Input", "Output"}}


def is_sampled(config: Mapping[str, Any]) -> bool:
    """Return True if a request is captured: at random, by the sampling percentage."""
    percentage = float(config["InitialSamplingPercentage"])
    return bool(config.get("EnableCapture", True)) and _chance.random() * 100 < percentage


def build_capture(
    config: Mapping[str, Any], parameters: Mapping[str, Any], body: bytes, answer: EndpointResponse
) -> dict[str, Any]:
    """Return one entry of a capture file: the captured request, response and time."""
    sides = set[str]()
    for option in config["CaptureOptions"]:
        sides |= _SIDES[option["CaptureMode"]]
    headers = config.get("CaptureContentTypeHeader", {})
    data = {}
    if "Input" in sides:
        data["endpointInput"] = _describe_payload(
            "INPUT", body, parameters.get("ContentType"), headers
        )
    if "Output" in sides:
        data["endpointOutput"] = _describe_payload(
            "OUTPUT", answer.body, answer.content_type, headers
        )
    identity = {"eventId": str(uuid.uuid4())}
    if "InferenceId" in parameters:
        identity["inferenceId"] = parameters["InferenceId"]
    return {
        "captureData": data,
        "eventMetadata": identity | {"inferenceTime": format_time(now())},
        "eventVersion": "0",
    }


def _describe_payload(
    mode: str, body: bytes, content_type: str | None, headers: Mapping[str, Any]
) -> dict[str, str]:
    encoding = _choose_encoding(body, content_type or "", headers)
    plain = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode()
    seen = {} if content_type is None else {"observedContentType": content_type}
    return seen | {"mode": mode, "data": plain, "encoding": encoding}


def _choose_encoding(body: bytes, content_type: str, headers: Mapping[str, Any]) -> str:
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


def summarize_config(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the summary of a data capture configuration in DescribeEndpoint, None without one."""
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
