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

from deploy.api.door import GuardedHandler, Server
from deploy.api.front.problems import Problem

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
            status, text = _asked(self.pool, self.endpoint, body)
            self.send(status, _JSON, text)
        elif self.command in {"GET", "HEAD"} and self.path == "/":
            self.send(200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.read_bytes())
        else:
            self.send(404, _JSON, _wrong("There is no such page"))

    def describe(self, problem: Problem) -> tuple[str, bytes]:
        """Return a refusal in the form that the page shows."""
        return _JSON["Content-Type"], _wrong(problem.detail)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of each request."""


@contextmanager
def serving(endpoint: str, port: int = 0) -> Iterator[str]:
    """Serve the page for the endpoint at a URL, at any free port by default; gives its address."""
    with urllib3.PoolManager() as pool:
        handler = type("Handler", (_Handler,), {"endpoint": endpoint, "pool": pool})
        with Server(port, handler) as server:
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
    try:
        return 200, json.dumps({"kind": float(answer.data)}).encode()
    except ValueError:
        return 502, _wrong("The endpoint's answer is not one number")


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
