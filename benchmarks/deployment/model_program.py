"""A container that serves as its model's `behaviour` says: good, errors, slow or crash.

Run by the process engine as a program of its own; it uses the standard library alone.
"""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_SLOW_SECONDS = 0.5
_MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "model", "behaviour")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    behaviour = ""

    def log_message(self, *_: object) -> None:
        """Write no line for a request."""

    def do_GET(self) -> None:
        """Answer /ping."""
        self._answer(200)

    def do_POST(self) -> None:
        """Answer an invocation with the behaviour, after it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.behaviour == "slow":
            time.sleep(_SLOW_SECONDS)
        self._answer(500 if self.behaviour == "errors" else 200)

    def _answer(self, status: int) -> None:
        body = self.behaviour.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Serve until SIGTERM."""
    _Handler.behaviour = _MODEL.read_text(encoding="utf-8")
    if _Handler.behaviour == "crash":
        sys.exit("the model cannot be loaded")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = os.environ.get("TANDEM_BIND_ADDRESS", "127.0.0.1")
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    _Server((address, port), _Handler).serve_forever()


if __name__ == "__main__":
    main()
