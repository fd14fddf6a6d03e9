"""`build/bench/results.json`: all benchmarks run so far, and the ratios to look at first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Tandem / the plain pattern. Of servers that are asked one after the other, the whole pipeline.
SUMMARY = (
    *(
        f"{what}_{how}"
        for what in ("xgboost", "transform", "chain")
        for how in ("p50", "rps", "rows")
    ),
    "cold_start",
    "memory",
)


def write_results(folder: Path) -> None:
    """Write `results.json` from the files of the single benchmarks beside it."""
    parts = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    write_json(folder / "results.json", merge_results([part for part in parts if "rounds" in part]))


def merge_results(parts: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Merge results of benchmarks: `summary` has what SUMMARY names, `goals` the rest as well."""
    goals = {goal["summary"]: goal["ratio"]["median"] for part in parts for goal in part["goals"]}
    return {
        "summary": {name: goals[name] for name in SUMMARY if name in goals},
        "goals": goals,
        "benchmarks": list(parts),
    }


def write_json(path: Path, facts: object) -> None:
    """Write facts as JSON that people can read too."""
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
