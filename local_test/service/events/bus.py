"""Deliver events to the targets of the rules that match them.

Rules and their targets are moto's. Events are matched and delivered here, in order, by a thread of
its own; moto's own PutEvents is not used, because it fails at targets that it does not have.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.background.cloudwatch_logs import CloudWatchLogs
from local_test.service.error_boundary import run_round
from local_test.service.events.event import DEFAULT_BUS, Event
from local_test.service.events.pattern import matches, parse_pattern
from local_test.service.events.target_input import build_input
from local_test.service.events.targets import Delivery, TargetClients, deliver, read_arn

_log = logging.getLogger(__name__)
_REFUSALS = (ApiError, ClientError, BotoCoreError)


@dataclass(frozen=True)
class _Entry:
    """An event on its way to a bus; `forwarded` if another bus sent it."""

    region: str
    bus: str
    event: Event
    forwarded: bool = False


class EventBus:
    """The buses of all regions; thread-safe. `clients` are what deliveries go through."""

    def __init__(
        self,
        moto: Callable[[str, str], Any],
        service: Callable[[str, str], Any],
        logs: CloudWatchLogs,
    ) -> None:
        self.clients = TargetClients(moto, service, logs, self._forward)
        self._queue: queue.Queue[_Entry | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Start the thread that delivers."""
        self._thread.start()

    def put(self, event: Event, bus: str = DEFAULT_BUS) -> None:
        """Put an event on a bus of its region; it is delivered soon."""
        self._queue.put(_Entry(event.region, bus, event))

    def close(self) -> None:
        """Deliver the remaining events and end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def deliver(self, delivery: Delivery, origin: str) -> None:
        """Deliver to one target, or to its dead-letter queue; `origin` is the ARN of its rule."""
        try:
            deliver(self.clients, delivery)
        except _REFUSALS as error:
            _log.warning("%s did not reach %s: %s", origin, delivery.target["Arn"], error)
            self._keep_dead_letter(delivery, origin, error)

    def _forward(self, region: str, bus: str, event: Event) -> None:
        self._queue.put(_Entry(region, bus, event, forwarded=True))

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            run_round(partial(self._deliver_event, entry))

    def _deliver_event(self, entry: _Entry) -> None:
        message = entry.event.to_message()
        for rule in self._list_rules(entry):
            if not matches(parse_pattern(rule["EventPattern"]), message):
                continue
            for target in list_targets(self.clients, entry.region, rule):
                if entry.forwarded and read_arn(target["Arn"])[0] == "events":
                    continue  # the service forwards an event once
                text = build_input(target, message, rule["Arn"], entry.event.time)
                self.deliver(Delivery(target, text, entry.event), rule["Arn"])

    def _list_rules(self, entry: _Entry) -> Iterator[Mapping[str, Any]]:
        pages = self.clients.moto("events", entry.region).get_paginator("list_rules")
        for page in pages.paginate(EventBusName=entry.bus):
            for rule in page["Rules"]:
                if rule["State"].startswith("ENABLED") and rule.get("EventPattern"):
                    yield rule

    def _keep_dead_letter(self, delivery: Delivery, origin: str, error: Exception) -> None:
        """Source: EventBridge User Guide, 'Using dead-letter queues'."""
        arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
        if arn is None:
            return
        _, region, name = read_arn(arn)
        client = self.clients.moto("sqs", region)
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else "ERROR"
        attributes = {
            "RULE_ARN": origin,
            "TARGET_ARN": delivery.target["Arn"],
            "ERROR_CODE": code,
            "ERROR_MESSAGE": str(error),
        }
        try:
            client.send_message(
                QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"],
                MessageBody=delivery.text,
                MessageAttributes={
                    key: {"DataType": "String", "StringValue": text}
                    for key, text in attributes.items()
                },
            )
        except _REFUSALS as refusal:
            _log.warning("dead-letter queue %s: %s", arn, refusal)


def list_targets(
    clients: TargetClients, region: str, rule: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Return the targets of a rule of moto."""
    pages = clients.moto("events", region).get_paginator("list_targets_by_rule")
    for page in pages.paginate(Rule=rule["Name"], EventBusName=rule["EventBusName"]):
        yield from page["Targets"]
