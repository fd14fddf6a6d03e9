"""`python -m benchmarks [NAME...]`: run benchmarks, print and write the figures (build/bench)."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import machine_facts, results_file
from benchmarks.harness.benchmark import Benchmark
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.harness.round_robin import Verdict, judge_goals, run_rounds, summarize_rounds
from benchmarks.harness.run_summary import BenchmarkRun, conclude
from benchmarks.harness.text_tables import format_goals, format_spreads
from benchmarks.registry import BENCHMARKS
from scripts.checkout.shell import Failure

FOLDER = Path(__file__).parents[1] / "build" / "bench"


def main() -> None:
    """Run the named benchmarks, or all that are quick; exit code 1 when a goal is missed."""
    names = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    lines = [f"{name}: {benchmark.sentence}" for name, benchmark in names.items()]
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(lines))
    parser.add_argument("--rounds", type=int, help="rounds, instead of as many as each has")
    asked = parser.parse_args()
    chosen = asked.names or [each.name for each in BENCHMARKS if not each.slow]
    unknown = [name for name in chosen if name not in names]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    try:
        runs = [try_benchmark(names[name], asked.rounds) for name in chosen]
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
    finally:
        results_file.write_results(FOLDER)
    conclude(runs)


def try_benchmark(benchmark: Benchmark, count: int | None = None) -> BenchmarkRun:
    """Run one benchmark; one that cannot run does not end the others."""
    began = time.monotonic()
    try:
        found, failure = run_benchmark(benchmark, count), ""
    except (BenchmarkFailed, Failure) as error:
        found, failure = [], str(error)
        print(f"  {benchmark.name} failed: {failure}", flush=True)
    return BenchmarkRun(benchmark.name, time.monotonic() - began, found, failure)


def run_benchmark(benchmark: Benchmark, count: int | None = None) -> list[Verdict]:
    """Run one benchmark and write `build/bench/<name>.json`."""
    print(f"\n{benchmark.name}: {benchmark.sentence}", flush=True)
    began = time.monotonic()
    folder = FOLDER / "data" / benchmark.name
    folder.mkdir(parents=True, exist_ok=True)
    before = machine_facts.measure_noise()
    plan = benchmark.prepare(folder)
    plan = replace(plan, rounds=count or plan.rounds)
    rounds = run_rounds(plan, lambda text: print(text, flush=True))
    found = judge_goals(plan, rounds)
    seconds = time.monotonic() - began
    facts = {
        "name": benchmark.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "about": plan.about,
        "machine": machine_facts.read_facts(),
        "noise": {"before": before, "after": machine_facts.measure_noise()},
        "figures": {
            candidate: {name: asdict(value) for name, value in figures.items()}
            for candidate, figures in summarize_rounds(rounds).items()
        },
        "rounds": rounds,
        "goals": [verdict.to_json() for verdict in found],
    }
    results_file.write_json(FOLDER / f"{benchmark.name}.json", facts)
    tables = [format_spreads(summarize_rounds(rounds)), format_goals(found)]
    print(*filter(None, tables), f"  {plan.rounds} rounds, {seconds:.0f} s", sep="\n", flush=True)
    return found


if __name__ == "__main__":
    main()
