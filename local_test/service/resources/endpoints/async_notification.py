"""SNS notifications of an asynchronous endpoint, on success and on failure.

Source: Developer Guide, 'Check prediction results' of asynchronous inference.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION
from local_test.service.storage.records import Record

_TOPICS = {"Completed": "SuccessTopic", "Failed": "ErrorTopic"}
_log = logging.getLogger(__name__)


def notify(backend: Backend, region: str, record: Record, content_type: str | None) -> None:
    """Publish the result of an asynchronous request, if its endpoint has a topic for it."""
    topics = record["OutputConfig"].get("NotificationConfig", {})
    topic = topics.get(_TOPICS[record[ASYNC_INVOCATION.status_field]])
    if topic is None:
        return
    message = json.dumps(_build_message(record, region, content_type))
    try:
        backend.aws.client("sns", topic.split(":")[3]).publish(TopicArn=topic, Message=message)
    except ClientError as error:
        _log.warning("nothing can be published in %s: %s", topic, error)


def _build_message(record: Record, region: str, content_type: str | None) -> dict[str, Any]:
    request, status = record["Request"], record[ASYNC_INVOCATION.status_field]
    message: dict[str, Any] = {
        "awsRegion": region,
        "eventTime": _format_time(record["LastModifiedTime"]),
        "receivedTime": _format_time(record["CreationTime"]),
        "invocationStatus": status,
        "requestParameters": _drop_missing(
            accept=request.get("Accept"),
            contentType=request.get("ContentType"),
            customAttributes=request.get("CustomAttributes"),
            endpointName=record["EndpointName"],
            inputLocation=request["InputLocation"],
        ),
        "inferenceId": record["InferenceId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if status == "Completed":
        parameters = _drop_missing(
            contentType=content_type, outputLocation=record["OutputLocation"]
        )
        return message | {"responseParameters": parameters}
    return message | {"failureReason": record["FailureReason"]}


def _drop_missing(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _format_time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
