"""Error responses in the protocol of a request: JSON, XML or CBOR, as botocore parses them.

Sources: Smithy, 'AWS protocols' (awsJson, restJson1, restXml, awsQuery, ec2Query, rpcv2Cbor).
"""

import json
import uuid
from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

from botocore.exceptions import UnknownServiceError  # type: ignore[import-untyped]
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from local_test.service.api.api_errors import ApiError
from local_test.service.api.called_operation import CBOR, CalledOperation

_S3 = "s3"
_JSON = {"json", "rest-json", CBOR}
_REFUSALS = (
    "ValidationException",
    "ValidationError",
    "InvalidRequestException",
    "InvalidInputException",
    "InvalidParameterException",
    "InvalidParameterValueException",
    "BadRequestException",
)
_DEFAULTS = {"query": "InvalidAction", "ec2": "InvalidAction", "rest-xml": "NotImplemented"}
_LONG_TEXT = b"\x79"  # CBOR: a text whose length is in the next two bytes
_MAP_OF_TWO = b"\xa2"


def choose_code(call: CalledOperation, *, exists: bool = False) -> str:
    """Return the code of the error for a call that is not supported: one that its service has.

    `exists`: the operation exists, but these parameters are not supported.
    """
    if call.protocol not in _JSON:
        return _REFUSALS[1] if exists else _DEFAULTS[call.protocol]
    try:
        model = get_service_model(call.model)
    except UnknownServiceError:
        return _REFUSALS[0]
    if call.name not in model.operation_names:
        return "UnknownOperationException"
    known = {shape.name for shape in model.error_shapes}
    return next((code for code in _REFUSALS if code in known), _REFUSALS[0])


def make_unsupported_error(call: CalledOperation, name: str, advice: str) -> ApiError:
    """Return the error for a call that is not supported; `name` is what was called."""
    sentence = f"{name} of {call.model} is not supported by the local service. {advice}"
    return ApiError(choose_code(call), sentence)


def make_protocol_error(call: CalledOperation, error: ApiError) -> Response:
    """Return the response of a rejected request, in the protocol of the request."""
    request_id = str(uuid.uuid4())
    content_type, build = _BODIES[_S3 if call.service == _S3 else call.protocol]
    response = Response(
        build(error.code, error.message, request_id), error.status, content_type=content_type
    )
    response.headers["x-amzn-RequestId"] = request_id
    if call.protocol in _JSON:
        response.headers["x-amzn-ErrorType"] = error.code
    if call.protocol == CBOR:
        response.headers["smithy-protocol"] = "rpc-v2-cbor"
    return response


def _build_json(code: str, message: str, _request_id: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


def _build_cbor(code: str, message: str, _request_id: str) -> bytes:
    texts = (text.encode()[:0xFFFF] for text in ("__type", code, "message", message))
    return _MAP_OF_TWO + b"".join(
        _LONG_TEXT + len(text).to_bytes(2, "big") + text for text in texts
    )


def _build_query_error(code: str, message: str, request_id: str) -> bytes:
    response = ET.Element("ErrorResponse")
    _fill(ET.SubElement(response, "Error"), {"Type": "Sender", "Code": code, "Message": message})
    _fill(response, {"RequestId": request_id})
    return ET.tostring(response)


def _build_ec2_error(code: str, message: str, request_id: str) -> bytes:
    response = ET.Element("Response")
    errors = ET.SubElement(response, "Errors")
    _fill(ET.SubElement(errors, "Error"), {"Code": code, "Message": message})
    _fill(response, {"RequestID": request_id})
    return ET.tostring(response)


def _build_s3_error(code: str, message: str, request_id: str) -> bytes:
    error = ET.Element("Error")
    _fill(error, {"Code": code, "Message": message, "RequestId": request_id})
    return ET.tostring(error)


def _fill(element: ET.Element, fields: Mapping[str, str]) -> None:
    for name, text in fields.items():
        ET.SubElement(element, name).text = text


_BODIES: Mapping[str, tuple[str, Callable[[str, str, str], bytes]]] = {
    "json": ("application/x-amz-json-1.1", _build_json),
    "rest-json": ("application/json", _build_json),
    CBOR: ("application/cbor", _build_cbor),
    "query": ("text/xml", _build_query_error),
    "ec2": ("text/xml", _build_ec2_error),
    "rest-xml": ("application/xml", _build_query_error),
    _S3: ("application/xml", _build_s3_error),
}
