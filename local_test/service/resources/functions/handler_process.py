"""The process of one invocation: it calls the handler of a function and writes its result.

It is run as a file, with the standard library alone: `handler_process.py HANDLER FD`. The first
line of the input has the event and the context; when the input ends, the service is gone, and so
is this process with its children. The result is written to the file descriptor FD.
Source: Lambda Developer Guide, 'Building Lambda functions with Python' (handler, context, logging).
"""

import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from types import SimpleNamespace, TracebackType
from typing import Any, Self


class HandlerError(Exception):
    """The handler could not be called; `kind` is Lambda's name of the error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class LambdaContext(SimpleNamespace):
    """What a handler reads of its invocation; `deadline` is in seconds since 1970."""

    deadline: float

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left before the timeout."""
        return max(0, int(1000 * (self.deadline - time.time())))


class Result:
    """What becomes of the handler: its answer or the error that it raised, as JSON.

    The context manager ends every Exception and keeps it; SystemExit ends the process.
    """

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self.content: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        of_ours = isinstance(error, HandlerError)
        kind = error.kind if isinstance(error, HandlerError) else type(error).__name__
        described = {
            "errorMessage": str(error),
            "errorType": kind,
            "requestId": self._request_id,
            "stackTrace": [] if of_ours else frames,
        }
        print(f"[ERROR] {kind}: {error}")
        print("".join(described["stackTrace"]), end="", flush=True)
        self.content = {"error": json.dumps(described)}
        return True


def main(handler: str, descriptor: int) -> None:
    """Call the handler and write its result, or the error that ended it.

    An empty line is written when the handler was imported: from then on its time counts.
    """
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_service, daemon=True).start()
    fields = request["context"]
    _set_up_logging(fields["aws_request_id"])
    sys.path.insert(0, ".")
    with os.fdopen(descriptor, "w") as file:
        with Result(fields["aws_request_id"]) as result:
            call = _find_handler(handler)
            print(file=file, flush=True)
            deadline = time.time() + fields.pop("timeout")
            context = LambdaContext(client_context=None, identity=None, deadline=deadline, **fields)
            result.content = {"payload": _marshal(call(request["event"], context))}
        json.dump(result.content, file)


def _find_handler(handler: str) -> Any:
    """Return the function `module.name`. Raises HandlerError when there is none."""
    module_name, _, name = handler.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise HandlerError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise HandlerError("Runtime.UserCodeSyntaxError", message) from error
    if not callable(found := getattr(module, name, None)):
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise HandlerError("Runtime.HandlerNotFound", message)
    return found


def _marshal(answer: Any) -> str:
    try:
        return json.dumps(answer)
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        raise HandlerError("Runtime.MarshalError", message) from error


def _set_up_logging(request_id: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    form = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    logging.Formatter.converter = time.gmtime
    logging.getLogger().addHandler(handler)


def _end_with_service() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
