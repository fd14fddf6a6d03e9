"""What a run of benchmarks came to: one table of all goals, and what took how long."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.harness.round_robin import Verdict
from benchmarks.harness.text_tables import align_columns


@dataclass(frozen=True)
class BenchmarkRun:
    """A benchmark that was run in so many seconds; `failure` says why it gave no verdicts."""

    name: str
    seconds: float
    verdicts: Sequence[Verdict] = ()
    failure: str = ""

    @property
    def promised(self) -> list[Verdict]:
        """The verdicts of ratios that have a goal."""
        return [verdict for verdict in self.verdicts if verdict.wanted]


def conclude(runs: Sequence[BenchmarkRun]) -> None:
    """Print the table of all goals, and the times.

    Raises SystemExit (1) when a goal is missed or a benchmark failed.
    """
    promised = [(run.name, verdict) for run in runs for verdict in run.promised]
    missed = [verdict for _, verdict in promised if not verdict.kept]
    failed = [run for run in runs if run.failure]
    if promised:
        print(f"\nSummary\n{format_summary(runs)}", flush=True)
    times = ", ".join(f"{run.name} {run.seconds:.0f} s" for run in runs)
    minutes, seconds = divmod(round(sum(run.seconds for run in runs)), 60)
    print(f"\nIn all {minutes} min {seconds} s: {times}.")
    print(f"{len(promised) - len(missed)} of {len(promised)} goals are kept.", flush=True)
    for run in failed:
        print(f"{run.name} failed: {run.failure}", file=sys.stderr)
    if missed or failed:
        sys.exit(1)


def format_summary(runs: Sequence[BenchmarkRun]) -> str:
    """Show each goal with its benchmark, its ratio and what was promised; missed ones first."""
    rows = [(run.name, verdict) for run in runs for verdict in run.promised]
    rows.sort(key=lambda row: row[1].kept)
    return align_columns(
        [
            [f"{verdict.mark} {verdict.goal.summary}", name, str(verdict.ratio), verdict.wanted]
            for name, verdict in rows
        ]
    )
