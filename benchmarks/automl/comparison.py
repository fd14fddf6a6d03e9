"""Quality of `automl` beside FLAML: the same rows, held-out rows, budget and processors.

A round is a seed: of the split, and of both searches, which follow each other data set by data set.
The environment variable AUTOML_SECONDS is the budget of a search (60), AUTOML_DATA names some of
the data sets, and `--rounds` is the number of seeds. A score is that of the held-out rows: by the
archives that `automl` leaves, and by the model that FLAML fits to all other rows.

A search that fails is printed and counts as a missed goal; the others go on. Each outcome is kept
in `build/bench/data/automl/outcomes.jsonl` as it comes, and the table is printed after each seed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.automl.data_sets import DATA_SETS, TARGET, DataSet, write_data_sets
from benchmarks.automl.outcomes import Outcome, add_outcome, average_ranks, format_outcomes
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from scripts.lock.virtual_environments import prepare_environment

LOCK = "benchmarks/baselines/flaml.lock"
OUTCOMES = "outcomes.jsonl"
_BOTH = "Tandem and FLAML"
_ROOT = Path(__file__).parents[2]
_FIRST_SECONDS, _MEAN_RANK = 60.0, 1.5
_LONGEST = 10.0
"""A search that takes this many times its budget, and ten minutes, has failed."""


@dataclass
class Comparison:
    """Both searches of all data sets; `flaml` is the Python of its environment."""

    folder: Path
    flaml: str
    seconds: float
    chosen: tuple[DataSet, ...]
    outcomes: list[Outcome] = field(default_factory=list)
    _seeds: int = 0

    def measure(self) -> Figures:
        """Return the scores of the next seed, the mean ranks, and each gain in standard errors."""
        seed, self._seeds = self._seeds, self._seeds + 1
        try:
            for one in self.chosen:
                outcome = self._compare(one, seed)
                self.outcomes.append(outcome)
                add_outcome(self.folder / OUTCOMES, outcome)
                print(f"    {outcome}", flush=True)
        finally:
            print(format_outcomes(self.outcomes), flush=True)
        own = [one for one in self.outcomes if one.seed == seed]
        ranks = average_ranks(own)
        if ranks is None:
            raise BenchmarkFailed(f"every comparison of seed {seed} failed")
        figures = {"rank_tandem": ranks[0], "rank_flaml": ranks[1]}
        figures["slowest_first_s"] = max(one.first_s for one in own)
        for outcome in own:
            figures[f"{outcome.name}_gain"] = outcome.gain
            if not outcome.failure:
                figures |= {
                    f"{outcome.name}_tandem": outcome.tandem,
                    f"{outcome.name}_flaml": outcome.flaml,
                    f"{outcome.name}_candidates": outcome.candidates,
                }
        return figures

    def _compare(self, one: DataSet, seed: int) -> Outcome:
        outcome = Outcome(seed, one.name, one.metric, one.maximize)
        try:
            facts, first, count = self._run_tandem(one, seed)
            flaml = self._run_flaml(one, seed)
        except (BenchmarkFailed, subprocess.TimeoutExpired) as failure:
            return replace(outcome, failure=f"failed: {failure}")
        return replace(
            outcome,
            tandem=facts["held_out"],
            error=facts["held_out_error"],
            flaml=flaml["score"],
            learner=flaml["learner"],
            first_s=first,
            candidates=count,
            load=os.getloadavg()[0],
        )

    def _run_tandem(self, one: DataSet, seed: int) -> tuple[dict[str, Any], float, int]:
        """Return `best.json`, the seconds to the first candidate, and the number of candidates."""
        output = self.folder / f"seed-{seed}" / one.name
        shutil.rmtree(output, ignore_errors=True)
        command = [
            *(sys.executable, "-m", "local_test", "automl", str(self.folder / f"{one.name}.csv")),
            *("--target", TARGET, "--problem", one.problem, "--metric", one.metric),
            *("--minutes", str(self.seconds / 60), "--seed", str(seed), "--engine", "process"),
            *("--output", str(output)),
        ]
        began, first, count = time.monotonic(), float("inf"), 0
        with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                if " Completed " in line:
                    first, count = min(first, time.monotonic() - began), count + 1
        if process.returncode:
            raise BenchmarkFailed(f"automl of {one.name} ended with code {process.returncode}")
        facts: dict[str, Any] = json.loads((output / "best" / "best.json").read_bytes())
        return facts, first, count

    def _run_flaml(self, one: DataSet, seed: int) -> dict[str, Any]:
        folder = self.folder / f"seed-{seed}" / one.name
        command = [
            *(self.flaml, "-m", "benchmarks.automl.flaml_search", str(folder)),
            *(one.problem, one.metric, str(self.seconds), str(seed)),
        ]
        variables = {**os.environ, "PYTHONPATH": str(_ROOT)}
        ended = subprocess.run(
            command,
            env=variables,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            check=False,
            timeout=600 + _LONGEST * self.seconds,
        )
        if ended.returncode:
            raise BenchmarkFailed(f"FLAML of {one.name} ended with code {ended.returncode}")
        facts: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return facts


def _prepare(folder: Path) -> Plan:
    names = os.environ.get("AUTOML_DATA", "").split()
    unknown = set(names) - {one.name for one in DATA_SETS}
    if unknown:
        raise BenchmarkFailed(f"AUTOML_DATA: there is no data set {min(unknown)}")
    chosen = tuple(one for one in DATA_SETS if not names or one.name in names)
    write_data_sets(folder)
    (folder / OUTCOMES).unlink(missing_ok=True)
    seconds = float(os.environ.get("AUTOML_SECONDS", "60"))
    python = prepare_environment("bench/flaml", [LOCK]) / "python"
    comparison = Comparison(folder, str(python), seconds, chosen)
    goals = [
        Goal("automl_mean_rank", "rank_tandem", _BOTH, most=_MEAN_RANK),
        Goal("automl_first_candidate_s", "slowest_first_s", _BOTH, most=_FIRST_SECONDS),
        *(Goal(f"automl_{one.name}", f"{one.name}_gain", _BOTH, least=-1.0) for one in chosen),
    ]
    about = {"search_seconds": seconds, "data": [one.name for one in chosen]}
    return Plan([Candidate(_BOTH, comparison.measure)], goals, rounds=3, about=about)


BENCHMARK = Benchmark("automl", "models that automl finds, beside FLAML's", _prepare, slow=True)
