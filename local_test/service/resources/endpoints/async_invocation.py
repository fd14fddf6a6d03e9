"""One request to an asynchronous endpoint: its body from S3, its answer or its failure to S3."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local_test.endpoints import EndpointResponse
from local_test.errors import LocalError
from local_test.platform.limits import ASYNC_BYTES, ASYNC_QUEUE_SECONDS, ASYNC_SECONDS
from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.async_notification import notify
from local_test.service.resources.endpoints.resource import ASYNC_CALL
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AsyncCall:
    """One request; its record says what became of it."""

    backend: Backend
    region: str
    name: str

    def enqueue(self) -> None:
        """Let the request wait for its turn in its endpoint's queue."""
        endpoint = self._record()["EndpointName"]
        self.backend.queues.add((self.region, endpoint), self.run, self._fallen)

    def run(self) -> None:
        """Ask the endpoint, and write what came of it; a deleted endpoint's requests are gone."""
        with suppress(Fault):
            record = self._record()
            try:
                answer = self._asked(record)
                if self.backend.queues.over.is_set():
                    return  # asked anew when the service is back
                self._record()
                if answer.ok:
                    self._deliver(record, answer)
                else:
                    self._fail(record, answer.error)
            except LocalError as error:
                self._fail(record, str(error))

    def _asked(self, record: Record) -> EndpointResponse:
        asked = record["Request"]
        seconds = asked.get("RequestTTLSeconds", ASYNC_QUEUE_SECONDS)
        if now() - record["CreationTime"] > seconds:
            raise LocalError(f"the request waited in the queue for more than {seconds} s")
        content = self.backend.storage(self.region).read(parse(asked["InputLocation"]))
        if len(content) > ASYNC_BYTES:
            raise LocalError(f"{asked['InputLocation']} has more than {ASYNC_BYTES} bytes")
        variant = self.backend.hosting.pick(self.region, record["EndpointName"], None)
        headers = {"X-Amzn-SageMaker-Inference-Id": record["InferenceId"]}
        if "CustomAttributes" in asked:
            headers["X-Amzn-SageMaker-Custom-Attributes"] = asked["CustomAttributes"]
        return variant.endpoint.invoke(
            content,
            asked.get("ContentType"),
            asked.get("Accept"),
            headers,
            seconds=asked.get("InvocationTimeoutSeconds", ASYNC_SECONDS),
        )

    def _deliver(self, record: Record, answer: EndpointResponse) -> None:
        place = parse(record["OutputLocation"])
        self.backend.storage(self.region).write(answer.body, place, answer.content_type)
        self._settle(record, "Completed", answer.content_type)

    def _fail(self, record: Record, reason: str) -> None:
        if "FailureLocation" in record:
            place = parse(record["FailureLocation"])
            with suppress(LocalError):  # the record tells the reason all the same
                self.backend.storage(self.region).write(reason.encode(), place, "text/plain")
        self._settle(record, "Failed", FailureReason=reason)

    def _settle(
        self, record: Record, status: str, content_type: str | None = None, **changes: Any
    ) -> None:
        changes |= {ASYNC_CALL.status: status, "LastModifiedTime": now()}
        record = self.backend.records.update(ASYNC_CALL, self.region, self.name, **changes)
        notify(self.backend, self.region, record, content_type)

    def _fallen(self, error: Exception) -> None:
        _log.error("asynchronous invocation %s ended unforeseen", self.name, exc_info=error)
        with suppress(Fault):
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._fail(self._record(), reason)

    def _record(self) -> Record:
        return self.backend.records.get(ASYNC_CALL, self.region, self.name)


def calls_of(backend: Backend, region: str, endpoint: str) -> list[Record]:
    """Return the records of an endpoint's requests, in the order they came."""
    found = [
        record
        for _, record in backend.records.every(ASYNC_CALL, region)
        if record["EndpointName"] == endpoint
    ]
    return sorted(found, key=lambda record: float(record["CreationTime"]))
