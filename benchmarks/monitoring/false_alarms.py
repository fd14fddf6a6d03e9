"""How often a comparison method finds drift where there is none, and where there is some.

Both samples are drawn from the same distributions, by another seed each time; an alarm is a
violation in any of the columns. The power is the share of samples in which a shift of 0.4 standard
deviations of one column is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyzer.data_quality.drift import Comparison, compare_numbers, correct_p_values
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from tandem.data.summaries.distribution import build_distribution

ROWS = (100, 1000, 10000)
METHODS = ("Simple", "Robust", "Significance")
_SEEDS, _COLUMNS, _BASELINE = 200, 10, 10000
_THRESHOLD, _LEVEL, _SHIFT = 0.1, 0.05, 0.4


def _prepare(_: Path) -> Plan:
    return Plan(
        [Candidate(method, partial(_measure, method)) for method in METHODS],
        [
            Goal(f"false_alarms_{rows}", f"alarms_{rows}", "Significance", most=_LEVEL)
            for rows in ROWS
        ],
        rounds=1,
        about={"seeds": _SEEDS, "columns": _COLUMNS, "baseline rows": _BASELINE},
    )


def _measure(method: str) -> Figures:
    return {
        f"{what}_{rows}": sum(_is_alarm(method, seed, rows, shift) for seed in range(_SEEDS))
        / _SEEDS
        for rows in ROWS
        for what, shift in (("alarms", 0.0), ("found", _SHIFT))
    }


def _is_alarm(method: str, seed: int, rows: int, shift: float) -> bool:
    comparisons = _compare(seed, rows, shift)
    if method == "Robust":
        return any(each.robust > _THRESHOLD for each in comparisons)
    far = [each.distance > _THRESHOLD for each in comparisons]
    if method == "Simple":
        return any(far)
    corrected = correct_p_values([each.p_value for each in comparisons])
    return any(each and p < _LEVEL for each, p in zip(far, corrected, strict=True))


@cache
def _compare(seed: int, rows: int, shift: float) -> list[Comparison]:
    random = np.random.default_rng([seed, rows])
    columns: Mapping[str, NDArray[np.float64]] = {
        str(index): random.normal(shift * (index == 0), 1.0, rows) for index in range(_COLUMNS)
    }
    random = np.random.default_rng([seed, 0])
    return [
        compare_numbers(
            build_distribution(random.normal(size=_BASELINE)), build_distribution(values)
        )
        for values in columns.values()
    ]


BENCHMARK = Benchmark(
    "false_alarms", "drift found by chance, and a shift of 0.4 deviations found", _prepare
)
