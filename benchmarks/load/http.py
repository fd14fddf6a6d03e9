"""xgboost, transform and both in a row, over HTTP, beside the plain pattern and MLServer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.base import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.load import relay, workload, wrk
from benchmarks.load.answered import Load, Request
from benchmarks.load.contenders import MLSERVER, PLAIN, TANDEM, mlserver, plain, tandem
from benchmarks.load.figures import figures
from benchmarks.load.numbers import Numbers, same
from benchmarks.load.servers import Server, running
from benchmarks.load.workload import MANY, Workload

_ROUNDS = 3
_INVOCATIONS = {"Content-Type": "text/csv"}
# The better way is down for times and memory, up for throughput.
_FIGURES = {
    "p50": "p50_ms",
    "rps": "rps",
    "rows": "rows_per_s",
    "cold_start": "cold_start_s",
    "memory": "pss_mb",
}
_MOST = {
    "xgboost_p50": 0.3,
    "transform_p50": 0.1,
    "chain_p50": 0.15,
    "cold_start": 0.5,
    "memory": 0.6,
}
_LEAST = {
    "xgboost_rps": 3.0,
    "xgboost_rows": 1.1,
    "transform_rps": 10.0,
    "transform_rows": 1.5,
    "chain_rps": 6.0,
    "chain_rows": 2.0,
}


def _prepare(image: str, folder: Path) -> Plan:
    wrk.check()
    work = workload.made(folder.parent / "load")
    servers = [tandem(image, work), plain(image, work), mlserver(image, work)]
    answers = [_answer([server], work.bodies[image][MANY]) for server in servers]
    _compare(servers, answers)
    measures = [partial(_measure, server, work) for server in servers]
    names = [TANDEM, PLAIN, MLSERVER]
    return _plan(image, dict(zip(names, measures, strict=True)))


def _prepare_chain(folder: Path) -> Plan:
    work = workload.made(folder.parent / "load")
    pairs = {
        TANDEM: [tandem(image, work, pipeline=True) for image in ("transform", "xgboost")],
        PLAIN: [plain(image, work) for image in ("transform", "xgboost")],
    }
    body = work.bodies["transform"][MANY]
    answers = [_answer(pair, body) for pair in pairs.values()]
    _compare([pair[0] for pair in pairs.values()], answers)
    return _plan(
        "chain", {name: partial(_measure_chain, pair, work) for name, pair in pairs.items()}
    )


def _plan(what: str, measures: dict[str, Callable[[], Figures]]) -> Plan:
    goals = [
        _goal(
            name if what == "chain" and name not in {"p50", "rps", "rows"} else f"{what}_{name}",
            figure,
            baseline,
        )
        for baseline in measures
        if baseline != TANDEM
        for name, figure in _FIGURES.items()
    ]
    return Plan([Candidate(name, call) for name, call in measures.items()], goals, rounds=_ROUNDS)


def _goal(summary: str, figure: str, baseline: str) -> Goal:
    if baseline != PLAIN:
        return Goal(f"{summary}_{baseline.lower()}", figure, TANDEM, baseline)
    most, least = _MOST.get(summary, float("inf")), _LEAST.get(summary, 0.0)
    return Goal(summary, figure, TANDEM, baseline, most=most, least=least)


def _measure(server: Server, work: Workload) -> Figures:
    image = server.name.rpartition(" ")[2]
    requests = {size: server.asked(body) for size, body in work.bodies[image].items()}
    with running(server) as (started,):

        def drive(rows: int, users: int, seconds: int) -> Load:
            return wrk.load(started.url, requests[rows], users, seconds).checked(server.name)

        return figures([started], drive)


def _measure_chain(servers: Sequence[Server], work: Workload) -> Figures:
    bodies = work.bodies["transform"]
    with running(*servers) as started:
        urls = [each.url for each in started]

        def drive(rows: int, users: int, seconds: int) -> Load:
            return relay.load(urls, _posted(bodies[rows]), users, seconds)

        return figures(started, drive)


def _posted(body: bytes) -> Request:
    return Request("/invocations", body, _INVOCATIONS)


def _answer(servers: Sequence[Server], body: bytes) -> Numbers:
    """Ask once before anything is timed, which also brings files into the page cache."""
    first, last = servers[0], servers[-1]
    request = first.asked(body) if first is last else _posted(body)
    with running(*servers) as started:
        return last.read(relay.once([each.url for each in started], request))


def _compare(servers: Sequence[Server], answers: Sequence[Numbers]) -> None:
    for server, answer in zip(servers[1:], answers[1:], strict=True):
        same(answers[0], answer, server.name)


BENCHMARKS = (
    Benchmark("load_xgboost", "xgboost over HTTP, beside its peers", partial(_prepare, "xgboost")),
    Benchmark(
        "load_transform", "transform over HTTP, beside its peers", partial(_prepare, "transform")
    ),
    Benchmark("load_chain", "transform and xgboost in a row, over HTTP", _prepare_chain),
)
