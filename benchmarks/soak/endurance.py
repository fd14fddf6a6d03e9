"""The soak test: both images and a multi-model endpoint under constant load."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load import process_tree, workload
from benchmarks.load.deployments import (
    Deployment,
    RunningServers,
    copy_models,
    has_images,
    serve_in_containers,
    serve_in_processes,
)
from benchmarks.soak.traffic import (
    ClientRecord,
    TrafficClient,
    TrafficRequest,
    build_model_cycles,
    build_requests,
)

SECONDS = float(os.environ.get("TANDEM_SOAK_SECONDS", "60"))
_CLIENTS, _GLANCE = 6, 0.5
# What may be more in the last quarter than in the one before: a heap breathes, a leak goes on. In
# the first half it grows to what the largest bodies take.
_MOST_MEMORY, _MOST_OPEN = 1.25, 12

Start = Callable[[], AbstractContextManager[RunningServers]]


class Glance(NamedTuple):
    """What all processes of all servers use at one time: MB, descriptors and threads."""

    memory: float
    descriptors: float
    threads: float


def _prepare(folder: Path) -> Plan:
    folder = folder.resolve()
    work = workload.prepare_workload(folder / "workload")
    models = work.models
    names = copy_models(models["xgboost"])
    served = {
        "transform": Deployment("preprocessor", models["transform"]),
        "xgboost": Deployment("xgboost", models["xgboost"]),
        "many": Deployment("xgboost", models["xgboost"], many=True),
    }
    sets = [[ask] for ask in build_requests(work.bodies)]
    starts: dict[str, Start] = {"processes": partial(serve_in_processes, served, folder)}
    if has_images():
        for processors in (0.5, 1.0, 2.0):
            starts[f"{processors:g} processors each"] = partial(
                serve_in_containers, served, processors
            )
    row = work.bodies["xgboost"][1]
    candidates = [
        Candidate(
            name, partial(_soak, start, sets, partial(_build_cycle, names, row, models["xgboost"]))
        )
        for name, start in starts.items()
    ]
    return Plan(candidates, rounds=1, about={"seconds": SECONDS, "clients": _CLIENTS + 1})


def _build_cycle(
    names: Sequence[str], row: bytes, model: Path, inside: bool
) -> list[list[TrafficRequest]]:
    where = Path("/opt/ml/models") if inside else model.parent / "models"
    return build_model_cycles("many", [(name, str(where / name)) for name in names], row)


def _soak(
    start: Start,
    sets: Sequence[Sequence[TrafficRequest]],
    cycle: Callable[[bool], list[list[TrafficRequest]]],
) -> Figures:
    with start() as places:
        inside = getattr(start, "func", None) is serve_in_containers
        clients = [TrafficClient(places, sets, seed) for seed in range(_CLIENTS)]
        clients.append(TrafficClient(places, cycle(inside), _CLIENTS))
        began = time.monotonic()
        for client in clients:
            client.start()
        glances = _watch_resources(places, began)
        for client in clients:
            client.over.set()
        for client in clients:
            client.join()
        return summarize_soak([client.seen for client in clients], glances, began)


def _watch_resources(places: RunningServers, began: float) -> list[Glance]:
    glances = []
    while time.monotonic() - began < SECONDS:
        time.sleep(_GLANCE)
        glances.append(_sample_resources([place.session for place in places.values()]))
    return glances


def _sample_resources(sessions: Sequence[int]) -> Glance:
    memory = sum(process_tree.read_memory_mb(session) for session in sessions)
    descriptors = threads = 0
    for session in sessions:
        for process in process_tree.list_members(session):
            with suppress(ProcessLookupError, FileNotFoundError):
                descriptors += len(list((process / "fd").iterdir()))
                threads += len(list((process / "task").iterdir()))
    return Glance(memory, descriptors, threads)


def summarize_soak(
    records: Sequence[ClientRecord], samples: Sequence[Glance], began: float
) -> Figures:
    """Summarise; raises Failed for a wrong answer, and for memory or descriptors that grow."""
    wrong = Counter(text for each in records for text in each.wrong)
    if wrong:
        raise BenchmarkFailed(f"wrong answers: {wrong.most_common(5)}")
    quarter = len(samples) // 4
    before, last = (
        Glance(*(statistics.median(kind) for kind in zip(*part, strict=True)))
        for part in (samples[-2 * quarter : -quarter], samples[-quarter:])
    )
    grown = last.memory / before.memory > _MOST_MEMORY
    if grown or last.descriptors > before.descriptors + _MOST_OPEN:
        raise BenchmarkFailed(f"it grows: {before} became {last}")
    rows = [row for each in records for row in each.rows]
    middle = began + SECONDS / 2
    early, late = (
        sorted(seconds for at, seconds in rows if (at < middle) is first) for first in (True, False)
    )
    return {
        "requests": sum(each.requests for each in records),
        "p50_ms": 1e3 * statistics.median(early + late),
        "p99_first_half_ms": 1e3 * early[int(0.99 * len(early))],
        "p99_second_half_ms": 1e3 * late[int(0.99 * len(late))],
        "memory_mb": last.memory,
        "memory_growth": last.memory / before.memory,
        "descriptors": last.descriptors,
        "descriptors_more": last.descriptors - before.descriptors,
        "threads": last.threads,
        "threads_more": last.threads - before.threads,
    }


BENCHMARK = Benchmark(
    "soak", "mixed traffic: errors, large bodies, models that come and go", _prepare, slow=True
)
