"""One input object of a batch transform: requests in parallel, output in order."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from local_test.endpoints.invocation_response import EndpointResponse
from local_test.endpoints.pipeline_relay import PipelineRelay
from local_test.errors import JobError, UserError
from local_test.jobs.transform_job import ObjectResult, TransformJob
from local_test.platform.batch_transform.batch_settings import (
    SINGLE,
    BatchPlan,
    advise_payload_limit,
)
from local_test.platform.batch_transform.record_splitting import (
    Batch,
    Split,
    end_with_newline,
    find_miscount,
    group_records,
)
from local_test.platform.batch_transform.request_pool import RequestPool

_PAUSE_SECONDS = 0.2
_TOO_MANY_REQUESTS = 429
_STOPPED = "the job was stopped"


@dataclass(frozen=True)
class ObjectTransform:
    """Sends the records of one object through the containers."""

    job: TransformJob
    chain: PipelineRelay
    plan: BatchPlan
    requests: RequestPool
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str, source: Path, target: Path) -> ObjectResult:
        """Write the output to `target`; when a record fails, remove it and return the error."""
        requests, warning = 0, ""
        if self.stop.is_set():
            return ObjectResult(name, requests, error=_STOPPED)
        try:
            with source.open("rb") as content, target.open("wb") as output:
                batches = self._read_batches(content)
                for body, miscount_warning in self.requests.send_in_order(batches, self._send):
                    output.write(body)
                    requests += 1
                    warning = warning or miscount_warning
        except (UserError, JobError) as error:
            target.unlink()
            return ObjectResult(name, requests, error=str(error))
        return ObjectResult(name, requests, output=target, warning=warning)

    @property
    def _is_single_request(self) -> bool:
        return self.job.split is Split.NONE or self.plan.max_payload_mb == 0

    def _read_batches(self, content: BinaryIO) -> Iterator[Batch]:
        limit = self.plan.limit
        if not self._is_single_request:
            single = self.plan.strategy == SINGLE
            yield from group_records(content, limit, single=single, split=self.job.split)
            return
        body = content.read()
        if limit and len(body) > limit:
            raise UserError(
                f"it has {len(body)} bytes; one request takes {limit}",
                f"{advise_payload_limit(len(body))}; or split it by lines (--split Line)",
            )
        yield Batch(body, 1, 1)

    def _send(self, batch: Batch) -> tuple[bytes, str]:
        if self.stop.is_set():
            raise JobError(_STOPPED)
        processing = self.job.processing
        try:
            response = self._send_with_retries(processing.filter_input(batch.body))
            body = processing.process_output(batch.body, response.body)
        except (UserError, JobError) as error:
            raise JobError(
                str(error) if self._is_single_request else f"{batch.location}: {error}"
            ) from error
        if self.job.assemble is Split.NONE:
            return body, ""
        doubt = "" if self._is_single_request else find_miscount(body, response.content_type, batch)
        return end_with_newline(body), doubt

    def _send_with_retries(self, body: bytes) -> EndpointResponse:
        response = self._invoke(body)
        for _ in range(self.job.retries):
            if response.ok or not _is_transient(response):
                break
            time.sleep(_PAUSE_SECONDS)
            response = self._invoke(body)
        if not response.ok:
            raise JobError(response.error)
        return response

    def _invoke(self, body: bytes) -> EndpointResponse:
        return self.chain.invoke(
            body,
            self.job.content_type,
            self.job.accept,
            chunked=self.plan.max_payload_mb == 0,
        )


def _is_transient(response: EndpointResponse) -> bool:
    """Return whether the same request may succeed when it is sent again."""
    status = response.original_status or 0
    return not 400 <= status < 500 or status == _TOO_MANY_REQUESTS
