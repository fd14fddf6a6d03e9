"""The page, and what stands between it and an endpoint: `python -m examples.imdb.web --url URL`.

On AWS, API Gateway and a Lambda stand there; the page is the same.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from deploy.api.front.problems import Problem
from deploy.api.guarded_server import GuardedHandler, GuardedServer

PAGE = Path(__file__).with_name("page.html")
_SECONDS = 60
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class _Handler(GuardedHandler):
    limit = 1 << 20
    endpoint: str
    pool: urllib3.PoolManager

    def answer(self) -> None:
        """Return the page, or ask the endpoint about a review, a JSON object with its `text`."""
        body = self.read_body()
        if self.command == "POST":
            status, text = _predict(self.pool, self.endpoint, body)
            self.send(status, _JSON, text)
        elif self.command in {"GET", "HEAD"} and self.path == "/":
            self.send(200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.read_bytes())
        else:
            self.send(404, _JSON, _to_error("There is no such page"))

    def describe(self, problem: Problem) -> tuple[str, bytes]:
        """Return a refusal in the form that the page shows."""
        return _JSON["Content-Type"], _to_error(problem.detail)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of each request."""


@contextmanager
def serve_page(endpoint: str, port: int = 0) -> Iterator[str]:
    """Serve the page for the endpoint at a URL, at any free port by default; gives its address."""
    with urllib3.PoolManager() as pool:
        handler = type("Handler", (_Handler,), {"endpoint": endpoint, "pool": pool})
        with GuardedServer(port, handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="page")
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()


def _predict(pool: urllib3.PoolManager, endpoint: str, body: bytes) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", "Accept": "text/csv"}
    try:
        response = pool.request(
            "POST", f"{endpoint}/invocations", body=body, headers=headers, timeout=_SECONDS
        )
    except urllib3.exceptions.HTTPError:
        return 502, _to_error("The endpoint does not answer")
    if response.status != 200:
        return 400 if response.status < 500 else 502, _to_error(
            response.data.decode(errors="replace")
        )
    try:
        return 200, json.dumps({"kind": float(response.data)}).encode()
    except ValueError:
        return 502, _to_error("The endpoint's answer is not one number")


def _to_error(sentence: str) -> bytes:
    return json.dumps({"error": sentence}).encode()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="web", description=__doc__)
    parser.add_argument("--url", required=True, help="of the endpoint, as http://127.0.0.1:8080")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    with serve_page(arguments.url, arguments.port) as address:
        print(f"The page is at {address}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopping")


if __name__ == "__main__":
    main()
