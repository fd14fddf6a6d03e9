"""Where the time of one row's request goes, over HTTP: what docs/performance.md shows."""

from __future__ import annotations

import re
import socket
import statistics
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import process_tree, workload
from benchmarks.load.contenders import build_tandem
from benchmarks.load.servers import ServerSpec, StartedServer, start_servers

_ROUNDS, _WARM, _REQUESTS = 5, 500, 3000
_STAGE = re.compile(rb";dur=([\d.]+)")
_IMAGES = ("xgboost", "transform")


def _prepare(folder: Path) -> Plan:
    work = workload.prepare_workload(folder.parent / "load")
    measures = {
        image: partial(_measure, build_tandem(image, work), work.bodies[image][1])
        for image in _IMAGES
    }
    about = {
        "decode, model, encode": "what the answers say in Server-Timing, medians",
        "worker": "the rest of the server's processor time, the system's for it included",
    }
    candidates = [Candidate(image, measure) for image, measure in measures.items()]
    return Plan(candidates, rounds=_ROUNDS, about=about)


def _measure(server: ServerSpec, body: bytes) -> Figures:
    with start_servers(server) as (started,):
        _time_requests(started, body, _WARM)
        before = _read_cpu_seconds(started)
        waits, stages = _time_requests(started, body, _REQUESTS)
        server_us = 1e6 * (_read_cpu_seconds(started) - before) / _REQUESTS
    decode, model, encode = (1e3 * statistics.median(stage) for stage in zip(*stages, strict=True))
    return {
        "us_decode": decode,
        "us_model": model,
        "us_encode": encode,
        "us_worker": server_us - decode - model - encode,
        "us_round_trip": 1e6 * statistics.median(waits),
    }


def _read_cpu_seconds(started: StartedServer) -> float:
    return sum(process_tree.read_cpu_seconds(started.session).values())


def _time_requests(
    started: StartedServer, body: bytes, times: int
) -> tuple[list[float], list[list[float]]]:
    """Send requests over one connection; return the seconds of each and its stages in ms."""
    at = urlsplit(started.url)
    head = (
        f"POST /invocations HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Type: text/csv\r\n"
        f"Accept: text/csv\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    waits, stages = [], []
    with socket.create_connection((at.hostname, at.port), timeout=30) as link:
        for _ in range(times):
            began = time.perf_counter()
            link.sendall(head.encode() + body)
            answer = link.recv(1 << 16)
            waits.append(time.perf_counter() - began)
            stages.append([float(found) for found in _STAGE.findall(answer)])
            if not answer.startswith(b"HTTP/1.1 200 ") or len(stages[-1]) != 3:
                raise BenchmarkFailed(f"{started.url} answered {answer[:200]!r}")
    return waits, stages


BENCHMARK = Benchmark(
    "hot_path", "where the time of one row's request goes, from socket to socket", _prepare
)
