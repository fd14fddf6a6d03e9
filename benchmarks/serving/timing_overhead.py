"""The cost of reporting a request's stages: in a header, in the log, on a page.

In process, call after call: the difference to a model that reports no stages.
"""

from __future__ import annotations

import contextlib
import io
import timeit
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from tandem.serving.metrics import FORMS, OFF
from tandem.serving.server_timing import ServerTiming

_ROUNDS, _CALLS, _REPETITIONS = 5, 20_000, 5
_MOMENTS = (1.0, 1.00003, 1.00013, 1.000138)
_MOST = 1.0


def _prepare(_: Path) -> Plan:
    told = {"header": (True, "off"), "emf": (False, "emf"), "prometheus": (False, "prometheus")}
    candidates = [Candidate(name, partial(_measure, *how)) for name, how in told.items()]
    goals = [Goal(f"timing_{name}", "us", name, most=_MOST) for name in told]
    return Plan(candidates, goals, rounds=_ROUNDS)


def _measure(reports: bool, form: str) -> Figures:
    with contextlib.redirect_stdout(io.StringIO()):
        asked = _measure_seconds(
            ServerTiming("predict", sends_header=reports, metrics=FORMS[form](1))
        )
    return {
        "us": 1e6
        * (asked - _measure_seconds(ServerTiming("predict", sends_header=False, metrics=OFF)))
    }


def _measure_seconds(stages: ServerTiming) -> float:
    """Return the seconds of a call, of the repetition that was disturbed least."""
    call = partial(stages.record, *_MOMENTS)
    return min(timeit.repeat(call, number=_CALLS, repeat=_REPETITIONS)) / _CALLS


BENCHMARK = Benchmark(
    "timing", "what a request pays for Server-Timing, the log's metrics and Prometheus's", _prepare
)
