"""A server of MLflow's calls that fails as it is told; a real one answers in tests/clients."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RUN = {"info": {"run_id": "r1", "experiment_id": "0", "artifact_uri": "mlflow-artifacts:/0/r1/a"}}
ANSWERS: dict[str, dict[str, Any]] = {
    "runs/create": {"run": RUN},
    "runs/search": {},
    "runs/get": {"run": RUN},
}


@dataclass
class Calls:
    """What was called: (call, content) in order; `failures` are the statuses of the next answers.

    While `hangs` is set, nothing is answered.
    """

    url: str = ""
    received: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    failures: deque[int] = field(default_factory=deque)
    hangs: threading.Event = field(default_factory=threading.Event)

    def list_metrics(self) -> list[tuple[int, Any]]:
        """Return step and value of all metrics, in the order in which they came."""
        batches = [content for call, content in self.received if call == "runs/log-batch"]
        return [(m["step"], m["value"]) for batch in batches for m in batch.get("metrics", ())]

    def list_names(self) -> list[str]:
        return [call for call, _ in self.received]


@contextmanager
def serve_calls() -> Iterator[Calls]:
    """Context manager: give the calls of a server on a port of this machine."""
    calls = Calls()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            while calls.hangs.is_set():
                time.sleep(0.05)
            call = self.path.partition("/mlflow/")[2] or self.path
            status = calls.failures.popleft() if calls.failures else 200
            answer: dict[str, Any] = ANSWERS.get(call.partition("?")[0], {})
            if status == 200:
                is_file = call.startswith("/") and not call.endswith("MLmodel")
                calls.received.append((call, body if is_file else json.loads(body or b"{}")))
                calls.headers.append({name.lower(): text for name, text in self.headers.items()})
            else:
                answer = {"error_code": "BAD", "message": f"it is told to answer {status}"}
            content = json.dumps(answer).encode()
            with suppress(OSError):  # a client that waited for too long
                self._send(status, content)

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        calls.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever).start()
        yield calls
        calls.hangs.clear()
        server.shutdown()
