"""`python -m benchmarks [NAME...]`: run them, tell, and keep the figures in build/bench."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.base import Benchmark
from benchmarks.processes import Failed
from benchmarks.registry import BENCHMARKS
from benchmarks.turns import Verdict, spreads, take, verdicts

FOLDER = Path(__file__).parents[1] / "build" / "bench"


def main() -> None:
    """Run the named benchmarks, or all; exit code 1 when a goal is missed."""
    names = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    lines = [f"{name}: {benchmark.sentence}" for name, benchmark in names.items()]
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(lines))
    chosen = parser.parse_args().names or list(names)
    unknown = [name for name in chosen if name not in names]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    try:
        missed = [verdict for name in chosen for verdict in run(names[name]) if not verdict.kept]
    except Failed as failure:
        sys.exit(str(failure))
    _summarise()
    if missed:
        sys.exit(f"missed: {', '.join(verdict.goal.summary for verdict in missed)}")


def run(benchmark: Benchmark) -> list[Verdict]:
    """Run one benchmark and write `build/bench/<name>.json`."""
    print(f"{benchmark.name}: {benchmark.sentence}", flush=True)
    folder = FOLDER / "data" / benchmark.name
    folder.mkdir(parents=True, exist_ok=True)
    before = machine.noise()
    plan = benchmark.prepare(folder)
    rounds = take(plan, lambda text: print(text, flush=True))
    found = verdicts(plan, rounds)
    for candidate, figures in spreads(rounds).items():
        for figure, value in figures.items():
            print(f"  {candidate}, {figure}: {value}")
    for verdict in found:
        print(f"  {verdict}", flush=True)
    facts = {
        "name": benchmark.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": plan.about,
        "machine": machine.facts(),
        "noise": {"before": before, "after": machine.noise()},
        "figures": {
            candidate: {name: asdict(value) for name, value in figures.items()}
            for candidate, figures in spreads(rounds).items()
        },
        "rounds": rounds,
        "goals": [verdict.facts() for verdict in found],
    }
    _write(FOLDER / f"{benchmark.name}.json", facts)
    return found


def _summarise() -> None:
    """Gather the ratios of all benchmarks run so far in `build/bench/results.json`."""
    parts = [json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))]
    parts = [part for part in parts if "goals" in part]
    summary = {goal["summary"]: goal["ratio"]["median"] for part in parts for goal in part["goals"]}
    _write(FOLDER / "results.json", {"summary": summary, "benchmarks": parts})


def _write(path: Path, facts: object) -> None:
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
