"""What is measured of servers that run: latency, throughput, processor time, memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.harness.benchmark import Figures
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import process_tree
from benchmarks.load.load_result import LoadResult
from benchmarks.load.servers import StartedServer
from benchmarks.load.workload import MANY

Drive = Callable[[int, int, int], LoadResult]
"""Loads servers: rows in a body, connections, seconds."""

_USERS, _USERS_OF_MANY = 16, 8
_WARM_SECONDS, _SECONDS = 1, 2
_REQUESTS = 1000


@dataclass(frozen=True)
class _MeasuredLoad:
    """A load, the CPU time of each of its requests in ms, and the busiest process's share."""

    load: LoadResult
    cpu_ms: float
    busiest: float


def measure_servers(servers: Sequence[StartedServer], drive: Drive) -> Figures:
    """Measure servers that work together: memory once they answered 1000 requests at least."""
    drive(1, _USERS, _WARM_SECONDS)
    alone = drive(1, 1, _SECONDS)
    one, done = _measure_load(servers, drive, 1, _USERS), 0
    done += alone.requests + one.load.requests
    while done < _REQUESTS:
        done += drive(1, _USERS, _SECONDS).requests
    memory = sum(process_tree.read_memory_mb(server.session) for server in servers)
    many = _measure_load(servers, drive, MANY, _USERS_OF_MANY)
    return {
        "cold_start_s": max(server.cold_start_s for server in servers),
        "p50_ms": alone.p50_us / 1000,
        "p99_ms": alone.p99_us / 1000,
        "p999_ms": alone.p999_us / 1000,
        "rps": one.load.per_second,
        "loaded_p50_ms": one.load.p50_us / 1000,
        "loaded_p99_ms": one.load.p99_us / 1000,
        "loaded_p999_ms": one.load.p999_us / 1000,
        "cpu_ms": one.cpu_ms,
        "busiest": one.busiest,
        "rows_per_s": MANY * many.load.per_second,
        "rows_p50_ms": many.load.p50_us / 1000,
        "rows_p99_ms": many.load.p99_us / 1000,
        "rows_p999_ms": many.load.p999_us / 1000,
        "cpu_ms_1000_rows": many.cpu_ms,
        "pss_mb": memory,
    }


def _measure_load(
    servers: Sequence[StartedServer], drive: Drive, rows: int, users: int
) -> _MeasuredLoad:
    before = [process_tree.read_cpu_seconds(server.session) for server in servers]
    load = drive(rows, users, _SECONDS)
    spent = [
        [
            seconds - earlier.get(pid, 0)
            for pid, seconds in process_tree.read_cpu_seconds(server.session).items()
        ]
        for server, earlier in zip(servers, before, strict=True)
    ]
    if not all(map(sum, spent)):
        raise BenchmarkFailed("a server spent no processor time under load: is it in its session?")
    cpu_ms = 1000 * sum(map(sum, spent)) / load.requests
    return _MeasuredLoad(load, cpu_ms, max(max(each) / sum(each) for each in spent))
