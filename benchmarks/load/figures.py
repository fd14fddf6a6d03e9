"""What is measured of servers that run: latency, throughput, processor time, memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.base import Figures
from benchmarks.load import tree
from benchmarks.load.answered import Load
from benchmarks.load.servers import Running
from benchmarks.load.workload import MANY
from benchmarks.processes import Failed

Drive = Callable[[int, int, int], Load]
"""Loads servers: rows in a body, connections, seconds."""

_USERS, _USERS_OF_MANY = 16, 8
_WARM_SECONDS, _SECONDS = 1, 2
_REQUESTS = 1000


@dataclass(frozen=True)
class _Spent:
    """A load, and the servers' CPU time for each of its requests, in ms."""

    load: Load
    cpu_ms: float


def figures(servers: Sequence[Running], drive: Drive) -> Figures:
    """Measure servers that work together: memory once they answered 1000 requests at least."""
    drive(1, _USERS, _WARM_SECONDS)
    alone = drive(1, 1, _SECONDS)
    one, done = _spent(servers, drive, 1, _USERS), 0
    done += alone.requests + one.load.requests
    while done < _REQUESTS:
        done += drive(1, _USERS, _SECONDS).requests
    memory = sum(tree.memory_mb(server.session) for server in servers)
    many = _spent(servers, drive, MANY, _USERS_OF_MANY)
    return {
        "cold_start_s": max(server.cold_start_s for server in servers),
        "p50_ms": alone.p50_us / 1000,
        "p99_ms": alone.p99_us / 1000,
        "rps": one.load.per_second,
        "cpu_ms": one.cpu_ms,
        "rows_per_s": MANY * many.load.per_second,
        "cpu_ms_1000_rows": many.cpu_ms,
        "pss_mb": memory,
    }


def _spent(servers: Sequence[Running], drive: Drive, rows: int, users: int) -> _Spent:
    before = _cpu_seconds(servers)
    load = drive(rows, users, _SECONDS)
    spent = _cpu_seconds(servers) - before
    if not spent:
        raise Failed("the servers spent no processor time: are they in the session?")
    return _Spent(load, 1000 * spent / load.requests)


def _cpu_seconds(servers: Sequence[Running]) -> float:
    return sum(tree.cpu_seconds(server.session) for server in servers)
