"""One request to an asynchronous endpoint: read the body from S3, write the response to S3."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local_test.endpoints import EndpointResponse
from local_test.errors import LocalError
from local_test.platform.limits import ASYNC_BYTES, ASYNC_QUEUE_SECONDS, ASYNC_SECONDS
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.variant import ColdStartError, NoInstanceError
from local_test.service.resources.endpoints.async_notification import notify
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AsyncInvocation:
    """One asynchronous request; its record has its status and the locations in S3."""

    backend: Backend
    region: str
    name: str

    def enqueue(self) -> None:
        """Add the request to its endpoint's queue."""
        endpoint = self._get_record()["EndpointName"]
        self.backend.async_queues.add((self.region, endpoint), self.run, self._fail_unexpected)

    def run(self) -> None:
        """Invoke the endpoint and store the result; do nothing if the endpoint was deleted."""
        with suppress(ApiError):
            record = self._get_record()
            try:
                answer = self._invoke(record)
            except NoInstanceError:  # scaled to zero meanwhile
                self.enqueue()
                return
            except (LocalError, ColdStartError) as error:
                self._fail(record, str(error))
                return
            try:
                if self.backend.async_queues.closing.is_set():
                    return  # invoked again when the service is back
                self._get_record()
                if answer.ok:
                    self._deliver(record, answer)
                else:
                    self._fail(record, answer.error)
            except LocalError as error:
                self._fail(record, str(error))

    def _invoke(self, record: Record) -> EndpointResponse:
        parameters = record["Request"]
        seconds = parameters.get("RequestTTLSeconds", ASYNC_QUEUE_SECONDS)
        if now() - record["CreationTime"] > seconds:
            raise LocalError(f"the request waited in the queue for more than {seconds} s")
        storage, source = self.backend.storage(self.region), parse_uri(parameters["InputLocation"])
        content = storage.read(source)
        content_type = parameters.get("ContentType") or storage.read_content_type(source)
        if len(content) > ASYNC_BYTES:
            raise LocalError(f"{parameters['InputLocation']} has more than {ASYNC_BYTES} bytes")
        headers = {"X-Amzn-SageMaker-Inference-Id": record["InferenceId"]}
        if "CustomAttributes" in parameters:
            headers["X-Amzn-SageMaker-Custom-Attributes"] = parameters["CustomAttributes"]
        reserved = self.backend.running_endpoints.reserve(self.region, record["EndpointName"])
        with reserved as (_, instance):
            return instance.endpoint.invoke(
                content,
                content_type,
                parameters.get("Accept"),
                headers,
                seconds=parameters.get("InvocationTimeoutSeconds", ASYNC_SECONDS),
            )

    def _deliver(self, record: Record, answer: EndpointResponse) -> None:
        uri = parse_uri(record["OutputLocation"])
        self.backend.storage(self.region).write(answer.body, uri, answer.content_type)
        self._finish(record, "Completed", answer.content_type)

    def _fail(self, record: Record, reason: str) -> None:
        if "FailureLocation" in record:
            uri = parse_uri(record["FailureLocation"])
            with suppress(LocalError):  # the record has the reason all the same
                self.backend.storage(self.region).write(reason.encode(), uri, "text/plain")
        self._finish(record, "Failed", FailureReason=reason)

    def _finish(
        self, record: Record, status: str, content_type: str | None = None, **changes: Any
    ) -> None:
        changes |= {ASYNC_INVOCATION.status_field: status, "LastModifiedTime": now()}
        record = self.backend.records.update(ASYNC_INVOCATION, self.region, self.name, **changes)
        notify(self.backend, self.region, record, content_type)

    def _fail_unexpected(self, error: Exception) -> None:
        _log.error("asynchronous invocation %s ended unforeseen", self.name, exc_info=error)
        with suppress(ApiError):
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._fail(self._get_record(), reason)

    def _get_record(self) -> Record:
        return self.backend.records.get(ASYNC_INVOCATION, self.region, self.name)


def list_invocations(backend: Backend, region: str, endpoint: str) -> list[Record]:
    """Return the records of an endpoint's asynchronous requests, oldest first."""
    records = [
        record
        for _, record in backend.records.list_all(ASYNC_INVOCATION, region)
        if record["EndpointName"] == endpoint
    ]
    return sorted(records, key=lambda record: float(record["CreationTime"]))
