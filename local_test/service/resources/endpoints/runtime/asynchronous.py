"""InvokeEndpointAsync: the request is kept and answered at once, the work is done in its turn."""

import json
import uuid
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.errors import UserError
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.async_invocation import AsyncCall
from local_test.service.resources.endpoints.resource import ASYNC_CALL
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import Uri, parse

_INLINE_BYTES = 128_000


def accept(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Take a request into the endpoint's queue and say where its answer will be."""
    asked = rest_parameters.read(backend.runtime, "InvokeEndpointAsync", name, request)
    variant = backend.hosting.pick(region, name, None)
    if not variant.waits:
        raise Fault("ValidationError", f"Endpoint {name} is not asynchronous: use InvokeEndpoint.")
    request.max_content_length = _INLINE_BYTES
    body = request.get_data()
    if bool(body) == ("InputLocation" in asked):
        raise Fault("ValidationError", "Give either an InputLocation or a body.")
    call = uuid.uuid4().hex
    try:
        record = _record(call, asked, variant.config["AsyncInferenceConfig"]["OutputConfig"])
        if body:
            asked["InputLocation"] = str(_inline(backend, region, record, body))
    except UserError as error:
        raise Fault("ValidationError", str(error)) from error
    backend.records.add(ASYNC_CALL, region, call, record)
    AsyncCall(backend, region, call).enqueue()
    return _accepted(record)


def _record(call: str, asked: dict[str, Any], output: Record) -> Record:
    if "InputLocation" in asked:
        parse(asked["InputLocation"])
    extension = [part for part in asked.get("S3OutputPathExtension", "").split("/") if part]
    made = parse(output["S3OutputPath"]).below(*extension, asked.get("Filename", f"{call}.out"))
    record = {
        ASYNC_CALL.name: call,
        ASYNC_CALL.status: "InProgress",
        "EndpointName": asked["EndpointName"],
        "CreationTime": now(),
        "InferenceId": asked.get("InferenceId", str(uuid.uuid4())),
        "OutputLocation": str(made),
        "OutputConfig": output,
        "Request": asked,
    }
    if "S3FailurePath" in output:
        failed = parse(output["S3FailurePath"]).below(*extension, f"{call}-error.out")
        record["FailureLocation"] = str(failed)
    return record


def _inline(backend: Backend, region: str, record: Record, body: bytes) -> Uri:
    place = Uri(parse(record["OutputLocation"]).bucket, f"async-inputs/{record[ASYNC_CALL.name]}")
    backend.storage(region).write(body, place, record["Request"].get("ContentType"))
    return place


def _accepted(record: Record) -> Response:
    told = json.dumps({"InferenceId": record["InferenceId"]})
    response = Response(told, 202, content_type="application/json")
    for field in ("OutputLocation", "FailureLocation"):
        if field in record:
            response.headers[f"X-Amzn-SageMaker-{field}"] = record[field]
    return response
