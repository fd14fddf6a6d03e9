"""The targets that events and schedules are delivered to.

To add one, write a function that delivers to it and put it in `KINDS`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.background.cloudwatch_logs import CloudWatchLogs, LogStream
from local_test.service.events.event import Event
from local_test.service.events.target_input import read_path

_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d*):(.+)", re.DOTALL)


@dataclass(frozen=True)
class TargetClients:
    """What deliveries go through.

    `moto` and `service` return a boto3 client by service and region: of moto, without a record in
    the journal, and of this service. `forward(region, bus, event)` puts an event on another bus.
    """

    moto: Callable[[str, str], Any]
    service: Callable[[str, str], Any]
    logs: CloudWatchLogs
    forward: Callable[[str, str, Event], None]


@dataclass(frozen=True)
class Delivery:
    """What one target receives.

    `target` are its fields in the API, `text` is the message, `event` the event behind it.
    `values` replace placeholders in the parameters of a pipeline.
    """

    target: Mapping[str, Any]
    text: str
    event: Event
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region of the target."""
        return read_arn(self.target["Arn"])[1]

    @property
    def resource(self) -> str:
        """The last part of the target's ARN, without the type of the resource."""
        return re.split("[:/]", read_arn(self.target["Arn"])[2], maxsplit=1)[-1]


@dataclass(frozen=True)
class TargetKind:
    """A kind of target: the service and the resource of its ARN, and how it is delivered to."""

    service: str
    resource: re.Pattern[str]
    label: str
    deliver: Callable[[TargetClients, Delivery], None]


def read_arn(arn: str) -> tuple[str, str, str]:
    """Return service, region and resource of an ARN.

    Raises ApiError when it is no ARN, or of another account.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise invalid(
            f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )
    if match[3] not in {"", ACCOUNT}:
        raise invalid(f"target of another account: {arn}. Use account {ACCOUNT}, the only one.")
    return match[1], match[2], match[4]


def find_kind(arn: str) -> TargetKind:
    """Return the kind of a target. Raises ApiError when nothing would be delivered to it."""
    service, _, resource = read_arn(arn)
    for kind in KINDS:
        if kind.service == service and kind.resource.fullmatch(resource):
            return kind
    labels = ", ".join(kind.label for kind in KINDS)
    raise invalid(f"unsupported target: {arn}. The local service delivers to: {labels}.")


def _send_to_queue(clients: TargetClients, delivery: Delivery) -> None:
    client = clients.moto("sqs", delivery.region)
    group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
    client.send_message(
        QueueUrl=client.get_queue_url(QueueName=delivery.resource)["QueueUrl"],
        MessageBody=delivery.text,
        **({"MessageGroupId": group} if group else {}),
    )


def _publish_to_topic(clients: TargetClients, delivery: Delivery) -> None:
    client = clients.moto("sns", delivery.region)
    client.publish(TopicArn=delivery.target["Arn"], Message=delivery.text)


def _invoke_function(clients: TargetClients, delivery: Delivery) -> None:
    client = clients.service("lambda", delivery.region)
    arn, payload = delivery.target["Arn"], delivery.text.encode()
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=payload)


def _write_to_log_group(clients: TargetClients, delivery: Delivery) -> None:
    group = delivery.resource.removesuffix(":*")
    clients.logs.add(LogStream(delivery.region, group, delivery.event.id), delivery.text)


def _put_on_bus(clients: TargetClients, delivery: Delivery) -> None:
    clients.moto("events", delivery.region).describe_event_bus(Name=delivery.resource)
    clients.forward(delivery.region, delivery.resource, delivery.event)


def _start_pipeline(clients: TargetClients, delivery: Delivery) -> None:
    listed = delivery.target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", ())
    parameters = [
        {"Name": one["Name"], "Value": _fill_parameter(one["Value"], delivery)} for one in listed
    ]
    clients.service("sagemaker", delivery.region).start_pipeline_execution(
        PipelineName=delivery.resource, PipelineParameters=parameters
    )


def _fill_parameter(value: str, delivery: Delivery) -> str:
    """Return a pipeline's parameter: a placeholder or a JSON path is replaced by its value."""
    for name, replacement in delivery.values.items():
        value = value.replace(f"<{name}>", replacement)
    if not value.startswith("$."):
        return value
    found = read_path(delivery.event.to_message(), value)
    return found if isinstance(found, str) else json.dumps(found)


KINDS: tuple[TargetKind, ...] = (
    TargetKind("sqs", re.compile(r"[\w.-]+"), "SQS queues", _send_to_queue),
    TargetKind("sns", re.compile(r"[\w.-]+"), "SNS topics", _publish_to_topic),
    TargetKind("lambda", re.compile("function:.+"), "Lambda functions", _invoke_function),
    TargetKind("logs", re.compile("log-group:.+"), "log groups", _write_to_log_group),
    TargetKind("events", re.compile("event-bus/.+"), "event buses", _put_on_bus),
    TargetKind("sagemaker", re.compile("pipeline/[^/]+"), "SageMaker pipelines", _start_pipeline),
)


def deliver(clients: TargetClients, delivery: Delivery) -> None:
    """Deliver to a target. Raises ApiError or what boto3 raises when the target refuses."""
    find_kind(delivery.target["Arn"]).deliver(clients, delivery)


def check_target(target: Mapping[str, Any]) -> None:
    """Check a target of a rule. Raises ApiError when nothing could be delivered to it."""
    kind = find_kind(target["Arn"])
    is_fifo = kind.service == "sqs" and target["Arn"].endswith(".fifo")
    if is_fifo and not target.get("SqsParameters", {}).get("MessageGroupId"):
        raise ApiError(
            "ValidationException",
            f"Parameter(s) SqsParameters must be specified for target: {target['Arn']}.",
        )
    dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letters and find_kind(dead_letters).service != "sqs":
        raise invalid(f"dead-letter queue is no SQS queue: {dead_letters}. Use one.")
