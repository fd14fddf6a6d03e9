"""Load through two servers in a row: what the first answers is posted to the second at once.

A client of its own, in C as wrk is, because a relay between wrk and the servers would parse every
message twice more, on processors that all of them share. Each user holds one kept connection to
each server.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.c_client import compile_client, run_client
from benchmarks.load.load_result import LoadResult, PostRequest, parse_figures

_BLOCK = 1 << 18
_PATIENCE_SECONDS = 30.0


class RelayResponse(NamedTuple):
    """An answer's content type and body, and whether the connection ends with it."""

    kind: str
    body: bytes
    last: bool


def compile_relay() -> AbstractContextManager[Path]:
    """Compile the client; the context has its path. Raises BenchmarkFailed without a compiler."""
    return compile_client(Path(__file__).with_suffix(".c"))


def run_load(
    program: Path, urls: Sequence[str], request: PostRequest, users: int, seconds: float
) -> LoadResult:
    """Send requests of `users` for `seconds`, by the compiled client.

    Raises BenchmarkFailed at the first response that is no success.
    """
    kind = request.headers.get("Content-Type", "")
    ports = [urlsplit(url).port for url in urls]
    with TemporaryDirectory(prefix="bench-") as folder:
        body = Path(folder, "body")
        body.write_bytes(request.body)
        answer = run_client(program, seconds, users, request.path, kind, body, *ports)
    load = parse_figures(answer)
    if not load.requests:
        raise BenchmarkFailed(f"no request went through both servers within {seconds:g} s")
    return load


def send_once(urls: Sequence[str], request: PostRequest) -> bytes:
    """Send a request through all servers once and return the last body.

    Raises BenchmarkFailed as `run_load` does.
    """
    asked = request
    for url in urls:
        with _connect(url) as link:
            link.settimeout(_PATIENCE_SECONDS)
            link.sendall(encode_request(urlsplit(url).netloc, asked))
            got = bytearray()
            while (answer := parse_response(got)) is None:
                came = link.recv(_BLOCK)
                if not came:
                    raise BenchmarkFailed(f"{url} closed the connection in the middle of an answer")
                got += came
        asked = PostRequest(request.path, answer.body, {"Content-Type": answer.kind})
    return asked.body


def encode_request(host: str, request: PostRequest) -> bytes:
    """Write a request as it goes over the wire."""
    fields = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {request.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + request.body


def parse_response(got: bytes | bytearray) -> RelayResponse | None:
    """Read an answer; None while it has not come whole.

    Raises BenchmarkFailed where the status is not 200, or where it has no length.
    """
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, *lines = got[:end].decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in lines)}
    if status.split(" ")[1] != "200":
        raise BenchmarkFailed(f"a server answered {status!r}: {bytes(got[end + 4 :])[:500]!r}")
    if "content-length" not in fields:
        raise BenchmarkFailed(f"a server answered without Content-Length: {fields}")
    size = end + 4 + int(fields["content-length"])
    if len(got) < size:
        return None
    last = fields.get("connection", "").lower() == "close"
    return RelayResponse(fields.get("content-type", ""), bytes(got[end + 4 : size]), last)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    link = socket.create_connection((parts.hostname or "", parts.port or 80), _PATIENCE_SECONDS)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link
