"""p50, p99 and p99.9 of one row at 50, 80 and 95 % of what a server can do, at a constant rate.

What a server can do is measured first, by wrk with 16 connections, in the same turn. Servers are
Tandem's with 1, 2 and 4 workers and the plain pattern with 2; with images and Docker, also
containers of half a processor, of one and of two.
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
from benchmarks.load.servers import HOST, ServerSpec, build_csv_request, start_servers
from benchmarks.load.workload import Workload
from benchmarks.tails import open_loop

_IMAGES = {"xgboost": "xgboost", "transform": "preprocessor"}
_PAIRS = {
    image: (f"{TANDEM} {image}, 2 workers", f"{PLAIN} {image}, 2 workers") for image in _IMAGES
}
_WORKERS, _PROCESSORS, _SHARES = (1, 2, 4), (0.5, 1.0, 2.0), (50, 80, 95)
_WARM_SECONDS, _SECONDS, _USERS = 1, 3, 16


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
    about = {
        "rate": f"shares of the requests a second that wrk gets with {_USERS} connections",
        "latency": "from when a request was due, the wait for one of 64 connections included",
    }
    return Plan(candidates, goals, rounds=3, about=about)


def _list_measures(image: str, work: Workload) -> Iterator[tuple[str, Callable[[], Figures]]]:
    body = work.bodies[image][1]
    for workers in _WORKERS:
        server = _with_workers(build_tandem(image, work), workers)
        yield f"{server.name}, {workers} workers", partial(_measure_process, server, body)
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


def _measure_process(server: ServerSpec, body: bytes) -> Figures:
    with start_servers(server) as (started,):
        return _measure(started.url, body)


def _measure_container(deployment: Deployment, processors: float, body: bytes) -> Figures:
    with serve_in_containers({"server": deployment}, processors) as running:
        return _measure(f"http://{HOST}:{running['server'].port}", body)


def _measure(url: str, body: bytes) -> Figures:
    request = build_csv_request(body)
    wrk.run_wrk(url, request, _USERS, _WARM_SECONDS).require_success(url)
    capacity = wrk.run_wrk(url, request, _USERS, _SECONDS).require_success(url).per_second
    figures = {"rps": capacity}
    with open_loop.compile_client() as client:
        for share in _SHARES:
            tails = open_loop.run_load(client, url, request, capacity * share / 100, _SECONDS)
            figures[f"p50_ms_{share}"] = tails.p50_us / 1000
            figures[f"p99_ms_{share}"] = tails.p99_us / 1000
            figures[f"p999_ms_{share}"] = tails.p999_us / 1000
    return figures


BENCHMARK = Benchmark(
    "tails", "p50, p99 and p99.9 of one row at a constant rate", _prepare, slow=True
)
