"""InvokeEndpointAsync: the request is saved, queued and accepted with 202."""

import json
import uuid
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.errors import UserError
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.async_invocation import AsyncInvocation
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

_INLINE_BYTES = 128_000


def accept_request(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Queue a request for its endpoint; return the response with the location of the result."""
    parameters = rest_parameters.read_parameters(
        backend.runtime, "InvokeEndpointAsync", name, request
    )
    variant = backend.running_endpoints.pick_variant(region, name, None)
    if not variant.is_asynchronous:
        raise ApiError(
            "ValidationError", f"Endpoint {name} is not asynchronous: use InvokeEndpoint."
        )
    request.max_content_length = _INLINE_BYTES
    body = request.get_data()
    if bool(body) == ("InputLocation" in parameters):
        raise ApiError("ValidationError", "Give either an InputLocation or a body.")
    invocation = uuid.uuid4().hex
    try:
        record = _make_record(
            invocation, parameters, variant.config["AsyncInferenceConfig"]["OutputConfig"]
        )
        if body:
            parameters["InputLocation"] = str(_store_inline_body(backend, region, record, body))
    except UserError as error:
        raise ApiError("ValidationError", str(error)) from error
    backend.records.add(ASYNC_INVOCATION, region, invocation, record)
    AsyncInvocation(backend, region, invocation).enqueue()
    return _make_response(record)


def _make_record(invocation: str, parameters: dict[str, Any], output: Record) -> Record:
    if "InputLocation" in parameters:
        parse_uri(parameters["InputLocation"])
    extension = [part for part in parameters.get("S3OutputPathExtension", "").split("/") if part]
    output_uri = parse_uri(output["S3OutputPath"]).join(
        *extension, parameters.get("Filename", f"{invocation}.out")
    )
    record = {
        ASYNC_INVOCATION.name_field: invocation,
        ASYNC_INVOCATION.status_field: "InProgress",
        "EndpointName": parameters["EndpointName"],
        "CreationTime": now(),
        "InferenceId": parameters.get("InferenceId", str(uuid.uuid4())),
        "OutputLocation": str(output_uri),
        "OutputConfig": output,
        "Request": parameters,
    }
    if "S3FailurePath" in output:
        failure_uri = parse_uri(output["S3FailurePath"]).join(*extension, f"{invocation}-error.out")
        record["FailureLocation"] = str(failure_uri)
    return record


def _store_inline_body(backend: Backend, region: str, record: Record, body: bytes) -> S3Uri:
    uri = S3Uri(
        parse_uri(record["OutputLocation"]).bucket,
        f"async-inputs/{record[ASYNC_INVOCATION.name_field]}",
    )
    backend.storage(region).write(body, uri, record["Request"].get("ContentType"))
    return uri


def _make_response(record: Record) -> Response:
    content = json.dumps({"InferenceId": record["InferenceId"]})
    response = Response(content, 202, content_type="application/json")
    for field in ("OutputLocation", "FailureLocation"):
        if field in record:
            response.headers[f"X-Amzn-SageMaker-{field}"] = record[field]
    return response
