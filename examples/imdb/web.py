"""The page, and what stands between it and an endpoint: `python -m examples.imdb.web --url URL`.

On AWS, API Gateway and a Lambda stand there; the page is the same.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import urllib3

PAGE = Path(__file__).with_name("page.html")
_LARGEST = 1 << 20
_SECONDS = 60


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: str
    pool: urllib3.PoolManager

    def do_GET(self) -> None:
        """Give the page."""
        found = self.path == "/"
        self._answer(200 if found else 404, "text/html", PAGE.read_bytes() if found else b"")

    def do_POST(self) -> None:
        """Ask the endpoint about a review, a JSON object with its `text`."""
        size = int(self.headers.get("Content-Length") or 0)
        if size > _LARGEST:
            self.close_connection = True
            self._answer(413, "application/json", _wrong("The review is too long"))
            return
        status, body = _asked(self.pool, self.endpoint, self.rfile.read(size))
        self._answer(status, "application/json", body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of each request."""

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(endpoint: str, port: int = 0) -> Iterator[str]:
    """Serve the page for the endpoint at a URL, at any free port by default; gives its address."""
    with urllib3.PoolManager() as pool:
        door = type("Door", (_Door,), {"endpoint": endpoint, "pool": pool})
        with ThreadingHTTPServer(("127.0.0.1", port), door) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="page")
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()


def _asked(pool: urllib3.PoolManager, endpoint: str, body: bytes) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", "Accept": "text/csv"}
    try:
        answer = pool.request(
            "POST", f"{endpoint}/invocations", body=body, headers=headers, timeout=_SECONDS
        )
    except urllib3.exceptions.HTTPError:
        return 502, _wrong("The endpoint does not answer")
    if answer.status != 200:
        return 400 if answer.status < 500 else 502, _wrong(answer.data.decode(errors="replace"))
    return 200, json.dumps({"kind": float(answer.data)}).encode()


def _wrong(sentence: str) -> bytes:
    return json.dumps({"error": sentence}).encode()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="web", description=__doc__)
    parser.add_argument("--url", required=True, help="of the endpoint, as http://127.0.0.1:8080")
    parser.add_argument("--port", type=int, default=8000)
    told = parser.parse_args()
    with serving(told.url, told.port) as address:
        print(f"The page is at {address}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopping")


if __name__ == "__main__":
    main()
