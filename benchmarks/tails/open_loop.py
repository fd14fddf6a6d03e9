"""Load at a constant rate, by a small client in C: latencies count from when a request was due."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.load_result import PostRequest

_SOURCE = Path(__file__).with_name("open_loop.c")
_CONNECTIONS = 64


@dataclass(frozen=True)
class TailLatencies:
    """Latencies of a load at a constant rate, in microseconds, waits for a connection included."""

    requests: int
    failed: int
    p50_us: float
    p99_us: float
    p999_us: float
    most_us: float


@contextmanager
def compile_client() -> Iterator[Path]:
    """Compile the client and give its path. Raises BenchmarkFailed without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise BenchmarkFailed("the load comes from a client in C, and there is no C compiler")
    with TemporaryDirectory(prefix="bench-") as folder:
        program = Path(folder, "open_loop")
        command = [compiler, "-std=c11", "-O2", "-o", str(program), str(_SOURCE)]
        subprocess.run(command, check=True)
        yield program


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
        words = [str(at.port), f"{rate:.3f}", str(seconds), str(_CONNECTIONS), str(whole)]
        ended = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkFailed(f"the client ended with {ended.returncode}: {ended.stderr}")
    told = json.loads(ended.stdout)
    if told["failed"] or not told["requests"]:
        raise BenchmarkFailed(f"{url} failed {told['failed']} requests at {rate:.0f} a second")
    return TailLatencies(
        told["requests"], told["failed"], told["p50"], told["p99"], told["p999"], told["most"]
    )
