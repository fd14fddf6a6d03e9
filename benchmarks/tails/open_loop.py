"""Load at a constant rate, by a small client in C: latencies count from when a request was due."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import c_client
from benchmarks.load.load_result import PostRequest

_CONNECTIONS = 64


@dataclass(frozen=True)
class TailLatencies:
    """Latencies of a load at a constant rate, in microseconds, waits for a connection included.

    The client shares processors with the server: `late_...` is how long after they were due
    requests were sent though a connection was free, which `queued` of them had not. `served_...` is
    from the sending until the kernel had the answer, whenever the client read it.
    """

    requests: int
    failed: int
    queued: int
    p50_us: float
    p99_us: float
    p999_us: float
    most_us: float
    served_p50_us: float
    served_p99_us: float
    served_p999_us: float
    late_p50_us: float
    late_p99_us: float
    late_p999_us: float


def compile_client() -> AbstractContextManager[Path]:
    """Compile the client; the context has its path. Raises BenchmarkFailed without a compiler."""
    return c_client.compile_client(Path(__file__).with_suffix(".c"))


def run_load(
    program: Path, url: str, request: PostRequest, rate: float, seconds: float
) -> TailLatencies:
    """Post a request at `rate` a second, over 64 connections.

    Raises BenchmarkFailed when the client fails, or when any request does.
    """
    at = urlsplit(url)
    headers = {"Host": at.netloc, "Content-Length": str(len(request.body)), **request.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with TemporaryDirectory(prefix="bench-") as folder:
        whole = Path(folder, "request")
        whole.write_bytes(f"POST {request.path} HTTP/1.1\r\n{head}\r\n".encode() + request.body)
        words = at.port, f"{rate:.3f}", seconds, _CONNECTIONS, whole
        told = parse_latencies(c_client.run_client(program, *words))
    if told.failed or not told.requests:
        raise BenchmarkFailed(
            f"{url} failed {told.failed} requests at {rate:.0f} a second, and answered"
            f" {told.requests} within 30 s after the last was due"
        )
    return told


def parse_latencies(printed: str) -> TailLatencies:
    """Return what the client printed."""
    told = json.loads(printed)
    return TailLatencies(
        **{field.name: told[field.name.removesuffix("_us")] for field in fields(TailLatencies)}
    )
