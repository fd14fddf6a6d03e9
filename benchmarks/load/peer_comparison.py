"""xgboost, transform and both in a row, over HTTP, beside the plain pattern and MLServer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from benchmarks.load import relay, workload, wrk
from benchmarks.load.contenders import (
    LOCK,
    MLSERVER,
    PLAIN,
    ROOT,
    TANDEM,
    build_mlserver,
    build_plain,
    build_tandem,
)
from benchmarks.load.goals import build_goals
from benchmarks.load.load_result import LoadResult, PostRequest
from benchmarks.load.payloads import ABSOLUTE, RELATIVE, Numbers, require_same
from benchmarks.load.server_metrics import measure_servers
from benchmarks.load.servers import ServerSpec, start_servers
from benchmarks.load.workload import MANY, Workload
from scripts.lock import lock_file

_ROUNDS = 5
_INVOCATIONS = {"Content-Type": "text/csv"}
_PEERS = {"mlserver", "mlserver-sklearn", "mlserver-xgboost"}
_ABOUT = {
    "peers": {
        pin.name: pin.version for pin in lock_file.read_pins(ROOT / LOCK) if pin.name in _PEERS
    },
    "one row": "1 connection for latency, 16 for requests a second and for latency under load",
    "many rows": f"bodies of {MANY} rows over 8 connections",
    "cpu_ms": "processor time of the servers for a request, the client's left out",
    "cold_start_s": "from start to the first 200; of two started at once, until both are well",
    "pss_mb": "proportional set of all processes, after 1000 requests of one row",
    "answers": f"equal within {RELATIVE:g} relative, {ABSOLUTE:g} absolute",
}


def _prepare(image: str, folder: Path) -> Plan:
    wrk.require_wrk()
    work = workload.prepare_workload(folder.parent / "load")
    servers = [build_tandem(image, work), build_plain(image, work), build_mlserver(image, work)]
    answers = [_send_once([server], work.bodies[image][MANY]) for server in servers]
    _compare(servers, answers)
    measures = [partial(_measure, server, work) for server in servers]
    names = [TANDEM, PLAIN, MLSERVER]
    return _build_plan(image, dict(zip(names, measures, strict=True)))


def _prepare_chain(folder: Path) -> Plan:
    work = workload.prepare_workload(folder.parent / "load")
    pairs = {
        TANDEM: [build_tandem(image, work, pipeline=True) for image in ("transform", "xgboost")],
        PLAIN: [build_plain(image, work) for image in ("transform", "xgboost")],
    }
    body = work.bodies["transform"][MANY]
    answers = [_send_once(pair, body) for pair in pairs.values()]
    _compare([pair[0] for pair in pairs.values()], answers)
    return _build_plan(
        "chain", {name: partial(_measure_chain, pair, work) for name, pair in pairs.items()}
    )


def _build_plan(what: str, measures: dict[str, Callable[[], Figures]]) -> Plan:
    candidates = [Candidate(name, measure) for name, measure in measures.items()]
    promised = build_goals(what, [name for name in measures if name != TANDEM])
    return Plan(candidates, promised, rounds=_ROUNDS, about=_ABOUT)


def _measure(server: ServerSpec, work: Workload) -> Figures:
    image = server.name.rpartition(" ")[2]
    requests = {size: server.build_request(body) for size, body in work.bodies[image].items()}
    with start_servers(server) as (started,):

        def drive(rows: int, users: int, seconds: int) -> LoadResult:
            return wrk.run_wrk(started.url, requests[rows], users, seconds).require_success(
                server.name
            )

        return measure_servers([started], drive)


def _measure_chain(servers: Sequence[ServerSpec], work: Workload) -> Figures:
    bodies = work.bodies["transform"]
    with start_servers(*servers) as started, relay.compile_relay() as program:
        urls = [each.url for each in started]

        def drive(rows: int, users: int, seconds: int) -> LoadResult:
            return relay.run_load(program, urls, _build_request(bodies[rows]), users, seconds)

        return measure_servers(started, drive)


def _build_request(body: bytes) -> PostRequest:
    return PostRequest("/invocations", body, _INVOCATIONS)


def _send_once(servers: Sequence[ServerSpec], body: bytes) -> Numbers:
    """Send one request before the measurement, which also loads files into the page cache."""
    first, last = servers[0], servers[-1]
    request = first.build_request(body) if first is last else _build_request(body)
    with start_servers(*servers) as started:
        return last.read_response(relay.send_once([each.url for each in started], request))


def _compare(servers: Sequence[ServerSpec], answers: Sequence[Numbers]) -> None:
    for server, answer in zip(servers[1:], answers[1:], strict=True):
        require_same(answers[0], answer, server.name)


BENCHMARKS = (
    Benchmark("load_xgboost", "xgboost over HTTP, beside its peers", partial(_prepare, "xgboost")),
    Benchmark(
        "load_transform", "transform over HTTP, beside its peers", partial(_prepare, "transform")
    ),
    Benchmark("load_chain", "transform and xgboost in a row, over HTTP", _prepare_chain),
)
