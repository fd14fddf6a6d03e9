"""Invoke: the handler runs, its result is the response, its output goes to CloudWatch Logs.

Sources: Lambda API, Invoke; Developer Guide, 'Lambda quotas' (payloads), 'Monitoring with logs'.
"""

import base64
import json
import logging
import queue
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from werkzeug.wrappers import Response

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import LogStream
from local_test.service.resources.functions.handler_run import HandlerOutcome, HandlerRun
from local_test.service.resources.functions.resource import LATEST, find_function
from local_test.service.storage.records import Record
from local_test.settings import read_settings

_SYNC_BYTES, _ASYNC_BYTES = 6 << 20, 1 << 20
_TAIL_BYTES = 4096
_MESSAGE_LINES = 200
_log = logging.getLogger(__name__)


@dataclass
class FunctionInvocation:
    """One invocation of a function; `lines` are the last of its log."""

    backend: Backend
    region: str
    function: Record
    event: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MESSAGE_LINES))

    def __post_init__(self) -> None:
        moment = datetime.fromtimestamp(now(), UTC)
        group = self.function["LoggingConfig"]["LogGroup"]
        name = f"{moment:%Y/%m/%d}/[{LATEST}]{uuid.uuid4().hex}"
        self._stream = LogStream(self.region, group, name)

    def run(self, stop: threading.Event) -> HandlerOutcome:
        """Run the handler and log as the service does."""
        function = self.function
        self._write(f"START RequestId: {self.id} Version: {LATEST}")
        outcome = HandlerRun(
            function["Handler"],
            self.backend.folder.resolve() / function["CodeFolder"],
            self._build_environment(),
            function["Timeout"],
            self.event,
            self._build_context(),
            self._write,
        ).run(stop)
        milliseconds = 1000 * outcome.seconds
        self._write(f"END RequestId: {self.id}")
        self._write(
            f"REPORT RequestId: {self.id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\tMemory Size: {function['MemorySize']} MB"
        )
        return outcome

    def start(self) -> "queue.SimpleQueue[HandlerOutcome | Exception]":
        """Run the handler in a thread, which the end of the service stops; return its result."""
        results: queue.SimpleQueue[HandlerOutcome | Exception] = queue.SimpleQueue()
        work = self.backend.threads
        work.start(self._key, lambda stop: results.put(self.run(stop)), results.put)
        return results

    def stop(self) -> None:
        """End the process of the handler, if it still runs."""
        self.backend.threads.stop(self._key)

    @property
    def _key(self) -> str:
        return f"function {self.region} {self.function['FunctionName']} {self.id}"

    def _build_context(self) -> dict[str, str]:
        function = self.function
        return {
            "aws_request_id": self.id,
            "invoked_function_arn": function["FunctionArn"],
            "function_name": function["FunctionName"],
            "function_version": LATEST,
            "memory_limit_in_mb": str(function["MemorySize"]),
            "log_group_name": self._stream.group,
            "log_stream_name": self._stream.name,
        }

    def _build_environment(self) -> dict[str, str]:
        """Return the variables of the process: Lambda's, the function's, no others of ours."""
        function, settings = self.function, read_settings()
        folder = str(self.backend.folder.resolve() / function["CodeFolder"])
        variables: dict[str, str] = function.get("Environment", {}).get("Variables", {})
        return {
            "PATH": settings.path,
            "LANG": settings.language,
            "TZ": ":UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": folder,
            "_HANDLER": function["Handler"],
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function['Runtime']}",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.backend.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": self._stream.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream.name,
        } | variables

    def _write(self, line: str) -> None:
        self.lines.append(line)
        self.backend.logs.add(self._stream, line)


def invoke(backend: Backend, call: ApiCall) -> Response:
    """Invoke a function: wait for its result, only start it (Event), or only check (DryRun)."""
    request = call.request
    qualifier = request.get("Qualifier")
    function = find_function(backend, call.region, request["FunctionName"], qualifier)
    kind = request.get("InvocationType", "RequestResponse")
    event = _read_event(
        request.get("Payload", b""), _ASYNC_BYTES if kind == "Event" else _SYNC_BYTES
    )
    if kind == "DryRun":
        return Response(status=204)
    invocation = FunctionInvocation(backend, call.region, function, event)
    results = invocation.start()
    if kind == "Event":
        return Response(status=202, headers={"x-amzn-RequestId": invocation.id})
    outcome = results.get()
    if isinstance(outcome, Exception):
        _log.error("%s ended unforeseen", function["FunctionArn"], exc_info=outcome)
        raise ApiError("ServiceException", f"{type(outcome).__name__}: {outcome}", 500)
    headers = {"x-amzn-RequestId": invocation.id, "X-Amz-Executed-Version": LATEST}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if request.get("LogType") == "Tail":
        tail = "\n".join([*invocation.lines, ""]).encode()[-_TAIL_BYTES:]
        headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return Response(outcome.payload, headers=headers, content_type="application/json")


def _read_event(payload: bytes, limit: int) -> str:
    """Return the event as JSON; without a payload it is an empty object."""
    if len(payload) > limit:
        message = f"{len(payload)} byte payload is too large: the maximum is {limit} bytes"
        raise ApiError("RequestTooLargeException", message, 413)
    try:
        return json.dumps(json.loads(payload or b"{}"))
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message) from error
