"""A SageMaker runtime that fails as it is told to: what the local one cannot be brought to do."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PREDICTIONS = '{"predictions": [{"score": 208500.12345678}]}'


@dataclass
class Turn:
    """One answer: a status, a code of the service, the members of its error."""

    status: int = 200
    code: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    attributes: str = ""
    body: str = PREDICTIONS
    hang_up: bool = False
    seconds: float = 0.0


class Runtime(ThreadingHTTPServer):
    """Takes its turns in order, the last one for ever; `seen` are the requests and their bodies."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.turns = [Turn()]
        self.seen: list[tuple[str, Message, bytes]] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next(self) -> Turn:
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Runtime

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers, body))
        turn = self.server.next()
        time.sleep(turn.seconds)
        if turn.hang_up:
            self.close_connection = True
            return
        text = json.dumps(turn.told) if turn.code else turn.body
        self.send_response(turn.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if turn.code:
            self.send_header("x-amzn-ErrorType", turn.code)
        if turn.attributes:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", turn.attributes)
        with contextlib.suppress(ConnectionError):  # the client may have given up
            self.end_headers()
            self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def run_runtime() -> Iterator[Runtime]:
    with Runtime() as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
