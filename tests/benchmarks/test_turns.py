"""A benchmark's ratios are of runs that stood side by side."""

from __future__ import annotations

import sys
from itertools import count

import pytest

from benchmarks.harness.benchmark import Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed, measure_program
from benchmarks.harness.round_robin import judge_goals, run_rounds, summarize_rounds


def plan(most: float) -> Plan:
    """Make a plan on a machine that gets slower with every run, the same for all."""
    clock = count(1)

    def slow() -> Figures:
        return {"seconds": 4.0 * next(clock)}

    def fast() -> Figures:
        return {"seconds": 2.0 * next(clock)}

    goal = Goal("pace", "seconds", "fast", "slow", most=most)
    return Plan([Candidate("slow", slow), Candidate("fast", fast)], [goal], rounds=3)


def test_ratios_are_taken_within_a_round() -> None:
    told: list[str] = []
    rounds = run_rounds(plan(1.0), told.append)
    assert rounds == {
        "slow": [{"seconds": 4}, {"seconds": 16}, {"seconds": 20}],
        "fast": [{"seconds": 4}, {"seconds": 6}, {"seconds": 12}],
    }
    assert told[0] == "  round 1 of 3, slow: seconds 4"
    assert summarize_rounds(rounds)["slow"]["seconds"].median == 16
    (verdict,) = judge_goals(plan(1.0), rounds)
    assert (verdict.ratio.least, verdict.ratio.median, verdict.ratio.greatest) == (0.375, 0.6, 1)
    assert str(verdict) == "✓ pace: 0.6 (0.375 to 1), goal at most 1"
    assert not judge_goals(plan(0.5), rounds)[0].kept


def test_a_programs_own_peak_is_measured() -> None:
    small, large = (
        measure_program([sys.executable, "-c", f"import time; x = b'1' * {size}; time.sleep(0.2)"])
        for size in (1, 200_000_000)
    )
    assert large["peak_mb"] - small["peak_mb"] == pytest.approx(190.7, abs=15)
    assert small["seconds"] >= 0.2 > small["cpu_seconds"]


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(BenchmarkFailed, match="ended with code 3: oh no"):
        measure_program([sys.executable, "-c", "print('oh no'); raise SystemExit(3)"])
