"""The floor: a server in C that gives every request one answer, of the measured server's size.

It can take as much of a processor for each request as the measured server does. What it is late by
then, at the same rate and under the same client, comes of machine, kernel, client and queue.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import c_client
from benchmarks.load.load_result import PostRequest
from benchmarks.load.servers import ServerSpec, StartedServer, start_servers

NAME = "floor in C"
_SECONDS = 30.0


@contextmanager
def serve_floor(answer: bytes, threads: int = 1, busy_us: float = 0.0) -> Iterator[StartedServer]:
    """Serve one whole answer, head included, from one process with some threads.

    A request takes `busy_us` microseconds of a processor more than it must. Raises BenchmarkFailed
    without a C compiler.
    """
    source = Path(__file__).with_name("echo_server.c")
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        c_client.compile_client(source) as program,
    ):
        file = Path(folder, "answer")
        file.write_bytes(answer)
        told = str(threads), str(busy_us)
        server = ServerSpec(NAME, lambda port: [program, str(port), file, *told])
        with start_servers(server) as (started,):
            yield started


def fetch_answer(url: str, request: PostRequest) -> bytes:
    """Return the whole answer of a server, head included, as one that keeps the connection.

    Raises BenchmarkFailed for an error.
    """
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_SECONDS)
    try:
        link.request("POST", request.path, request.body, dict(request.headers))
        answered = link.getresponse()
        body = answered.read()
    finally:
        link.close()
    if answered.status != 200:
        raise BenchmarkFailed(f"{url} answered {answered.status}")
    fields = [field for field in answered.getheaders() if field[0].lower() != "connection"]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body
