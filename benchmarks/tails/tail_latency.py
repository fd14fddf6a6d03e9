"""p50, p99 and p99.9 of one row at 50, 80 and 95 % of what a server can do, at a constant rate.

What a server can do is measured first, by wrk with 16 connections, in the same turn. Servers are
Tandem's with 1, 2 and 4 workers and the plain pattern with 2; with images and Docker, also
containers of half a processor, of one and of two. Beside each of Tandem's processes, at the same
rates, a server in C that takes as much of a processor shows what comes of the machine, the client
and the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.load import workload, wrk
from benchmarks.load.contenders import PLAIN, TANDEM, build_plain, build_tandem
from benchmarks.load.deployments import Deployment, has_images, serve_in_containers
from benchmarks.load.load_result import PostRequest
from benchmarks.load.servers import HOST, ServerSpec, build_csv_request, start_servers
from benchmarks.load.workload import Workload
from benchmarks.tails import floor, open_loop, processor_wait

_IMAGES = {"xgboost": "xgboost", "transform": "preprocessor"}
_PAIRS = {
    image: (f"{TANDEM} {image}, 2 workers", f"{PLAIN} {image}, 2 workers") for image in _IMAGES
}
_WORKERS, _PROCESSORS, _SHARES = (1, 2, 4), (0.5, 1.0, 2.0), (50, 80, 95)
_WARM_SECONDS, _SECONDS, _USERS = 1, 3, 16
# The floor's own processor time is found first, in a shorter run.
_OWN_SECONDS = 0.5
# At half of what a server can do, its p99 is the machine's and the client's.
_MOST_OVER_FLOOR = 3.0


def _prepare(folder: Path) -> Plan:
    wrk.require_wrk()
    work = workload.prepare_workload(folder.parent / "load")
    candidates = [
        Candidate(name, measure)
        for image in _IMAGES
        for name, measure in _list_measures(image, work)
    ]
    goals = [
        Goal(f"{image}_p99_at_{share}", f"p99_ms_{share}", ours, plain, most=1.0)
        for image, (ours, plain) in _PAIRS.items()
        for share in _SHARES
    ]
    goals += [
        Goal(
            f"{image}_{workers}_workers_p99_over_floor_at_{share}",
            f"over_floor_p99_{share}",
            f"{TANDEM} {image}, {workers} workers",
            most=_MOST_OVER_FLOOR if share == min(_SHARES) else float("inf"),
        )
        for image in _IMAGES
        for workers in _WORKERS[:2]
        for share in _SHARES
    ]
    about = {
        "rate": f"shares of the requests a second that wrk gets with {_USERS} connections",
        "latency": "from when a request was due, the wait for one of 64 connections included",
        "served": "from the sending until the kernel had the answer: without the client's delays",
        "late": "from when a request was due until it was sent, with a connection free",
        "floor": "a server in C that gives a fixed answer of the same size, at the same rate, from"
        " as many threads and with as much processor time a request",
        "ran": "processor time of all threads of the server, a request",
        "throttled": "seconds a second in which a container was stopped, its share being spent",
        "waited": "for a processor, though ready to run: all threads of the server, a request",
    }
    return Plan(candidates, goals, rounds=3, about=about)


def _list_measures(image: str, work: Workload) -> Iterator[tuple[str, Callable[[], Figures]]]:
    body = work.bodies[image][1]
    yield f"{floor.NAME}, {image}", partial(_measure_floor, build_tandem(image, work), body)
    for workers in _WORKERS:
        server = _with_workers(build_tandem(image, work), workers)
        measure = partial(_measure_process, server, body, workers)
        yield f"{server.name}, {workers} workers", measure
    plain = build_plain(image, work)
    yield f"{plain.name}, 2 workers", partial(_measure_process, plain, body)
    if has_images():
        deployment = Deployment(_IMAGES[image], work.models[image])
        for processors in _PROCESSORS:
            measure = partial(_measure_container, deployment, processors, body)
            yield f"{TANDEM} {image}, container of {processors:g} processors", measure


def _with_workers(server: ServerSpec, workers: int) -> ServerSpec:
    count = {"SAGEMAKER_MODEL_SERVER_WORKERS": str(workers)}
    return replace(server, environment=lambda port: {**server.environment(port), **count})


def _measure_process(server: ServerSpec, body: bytes, threads: int = 0) -> Figures:
    with start_servers(server) as (started,):
        return _measure(started.url, started.session, body, threads)


def _measure_container(deployment: Deployment, processors: float, body: bytes) -> Figures:
    with serve_in_containers({"server": deployment}, processors) as running:
        server = running["server"]
        return _measure(f"http://{HOST}:{server.port}", server.session, body)


def _measure_floor(server: ServerSpec, body: bytes) -> Figures:
    """Measure the floor at shares of what it can do itself, with the answer of a server."""
    with start_servers(server) as (started,):
        answer = floor.fetch_answer(started.url, build_csv_request(body))
    with floor.serve_floor(answer) as started:
        return _measure(started.url, started.session, body)


def _measure(url: str, session: int, body: bytes, threads: int = 0) -> Figures:
    """Measure a server, and beside it the floor, where that has `threads`, at the same rates."""
    request = build_csv_request(body)
    wrk.run_wrk(url, request, _USERS, _WARM_SECONDS).require_success(url)
    capacity = wrk.run_wrk(url, request, _USERS, _SECONDS).require_success(url).per_second
    figures = {"rps": capacity}
    with open_loop.compile_client() as client:
        for share in _SHARES:
            rate = capacity * share / 100
            found = _measure_rate(client, url, session, request, rate)
            if threads:
                found |= _measure_beside(client, url, request, rate, threads, found)
            figures |= {f"{name}_{share}": value for name, value in found.items()}
    return figures


def _measure_beside(
    client: Path, url: str, request: PostRequest, rate: float, threads: int, found: Figures
) -> Figures:
    """Measure the floor at a rate, which takes as much of a processor as was `found`."""
    answer = floor.fetch_answer(url, request)
    with floor.serve_floor(answer, threads) as least:
        own = _measure_rate(client, least.url, least.session, request, rate, _OWN_SECONDS)
    busy_us = max(0.0, found["ran_us"] - own["ran_us"])
    with floor.serve_floor(answer, threads, busy_us) as least:
        beside = _measure_rate(client, least.url, least.session, request, rate)
    told = {f"floor_{name}": beside[name] for name in ("ran_us", "p50_ms", "p99_ms", "p999_ms")}
    return {**told, "over_floor_p99": found["p99_ms"] / beside["p99_ms"]}


def _measure_rate(
    client: Path,
    url: str,
    session: int,
    request: PostRequest,
    rate: float,
    seconds: float = _SECONDS,
) -> dict[str, float]:
    before = processor_wait.read_times(session)
    tails = open_loop.run_load(client, url, request, rate, seconds)
    used = processor_wait.read_times(session).since(before)
    return {
        "p50_ms": tails.p50_us / 1000,
        "p99_ms": tails.p99_us / 1000,
        "p999_ms": tails.p999_us / 1000,
        "served_p99_ms": tails.served_p99_us / 1000,
        "late_p99_ms": tails.late_p99_us / 1000,
        "queued_share": tails.queued / tails.requests,
        "busiest": used.busiest,
        "ran_us": 1e6 * sum(used.ran.values()) / tails.requests,
        "waited_us": 1e6 * sum(used.waited.values()) / tails.requests,
        "stolen_share": used.stolen / seconds,
        "throttled_share": used.throttled / seconds,
    }


BENCHMARK = Benchmark(
    "tails", "p50, p99 and p99.9 of one row at a constant rate", _prepare, slow=True
)
