"""What an asynchronous endpoint publishes in SNS when a request succeeded or failed.

Source: Developer Guide, 'Check prediction results' of asynchronous inference.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ASYNC_CALL
from local_test.service.storage.records import Record

_TOPICS = {"Completed": "SuccessTopic", "Failed": "ErrorTopic"}
_log = logging.getLogger(__name__)


def notify(backend: Backend, region: str, record: Record, content_type: str | None) -> None:
    """Publish what became of a request, where its endpoint has a topic for that."""
    topics = record["OutputConfig"].get("NotificationConfig", {})
    topic = topics.get(_TOPICS[record[ASYNC_CALL.status]])
    if topic is None:
        return
    message = json.dumps(_message(record, region, content_type))
    try:
        backend.aws.client("sns", topic.split(":")[3]).publish(TopicArn=topic, Message=message)
    except ClientError as error:
        _log.warning("nothing can be published in %s: %s", topic, error)


def _message(record: Record, region: str, content_type: str | None) -> dict[str, Any]:
    asked, status = record["Request"], record[ASYNC_CALL.status]
    told: dict[str, Any] = {
        "awsRegion": region,
        "eventTime": _clock(record["LastModifiedTime"]),
        "receivedTime": _clock(record["CreationTime"]),
        "invocationStatus": status,
        "requestParameters": _known(
            accept=asked.get("Accept"),
            contentType=asked.get("ContentType"),
            customAttributes=asked.get("CustomAttributes"),
            endpointName=record["EndpointName"],
            inputLocation=asked["InputLocation"],
        ),
        "inferenceId": record["InferenceId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if status == "Completed":
        place = _known(contentType=content_type, outputLocation=record["OutputLocation"])
        return told | {"responseParameters": place}
    return told | {"failureReason": record["FailureReason"]}


def _known(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _clock(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
