"""What is promised of servers under load; of the two in a row, cold start and memory as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.harness.benchmark import Goal
from benchmarks.load.contenders import PLAIN, TANDEM

_LOADED = {"p50": "p50_ms", "rps": "rps", "rows": "rows_per_s"}
_STARTED = {"cold_start": "cold_start_s", "memory": "pss_mb"}

# Bounds of Tandem / plain: from above where less is better, from below where more is.
_MOST = {
    "xgboost_p50": 0.15,
    "transform_p50": 0.06,
    "chain_p50": 0.12,
    "xgboost_cold_start": 0.4,
    "transform_cold_start": 0.3,
    "cold_start": 0.3,
    "memory": 0.3,
}
_LEAST = {
    "xgboost_rps": 8.0,
    "xgboost_rows": 2.0,
    "transform_rps": 20.0,
    "transform_rows": 3.0,
    "chain_rps": 10.0,
    "chain_rows": 4.0,
}
# Of the whole process tree, two workers, in MB: it hangs on the machine hardly at all.
_MOST_MB = {"xgboost": 130.0, "transform": 110.0}


def build_goals(what: str, baselines: Sequence[str]) -> list[Goal]:
    """Return the goals of one benchmark: bounds beside the plain pattern, figures beside others."""
    ratios = [goal for baseline in baselines for goal in _build_ratios(what, baseline)]
    if what not in _MOST_MB:
        return ratios
    return [*ratios, Goal(f"{what}_memory_mb", "pss_mb", TANDEM, most=_MOST_MB[what])]


def _build_ratios(what: str, baseline: str) -> Iterator[Goal]:
    for name, figure in (_LOADED | _STARTED).items():
        pipeline = what == "chain" and name in _STARTED
        summary = name if pipeline else f"{what}_{name}"
        if baseline == PLAIN:
            most, least = _MOST.get(summary, float("inf")), _LEAST.get(summary, 0.0)
            yield Goal(summary, figure, TANDEM, baseline, most=most, least=least)
        else:
            yield Goal(f"{summary}_{baseline.lower()}", figure, TANDEM, baseline)
