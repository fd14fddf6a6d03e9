"""Quality of `automl` beside FLAML: the same rows, held-out rows, budget and processors.

A round is a seed: of the split, and of both searches, which follow each other data set by data set.
The environment variable AUTOML_SECONDS is the budget of a search (60), AUTOML_DATA names some of
the data sets, and `--rounds` is the number of seeds. A score is that of the held-out rows: by the
archives that `automl` leaves, and by the model that FLAML fits to all other rows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.automl.data_sets import DATA_SETS, TARGET, DataSet, write_data_sets
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from scripts.lock.virtual_environments import prepare_environment

LOCK = "benchmarks/baselines/flaml.lock"
_BOTH = "Tandem and FLAML"
_ROOT = Path(__file__).parents[2]
_FIRST_SECONDS, _MEAN_RANK = 60.0, 1.5
_LEAST_ERROR = 0.001  # all rows may be right, in every resampling


@dataclass
class Comparison:
    """Both searches of all data sets; `flaml` is the Python of its environment."""

    folder: Path
    flaml: str
    seconds: float
    chosen: tuple[DataSet, ...]
    seeds: list[int] = field(default_factory=list)

    def measure(self) -> Figures:
        """Return the scores of the next seed, the mean ranks, and each gain in standard errors."""
        seed = len(self.seeds)
        self.seeds.append(seed)
        figures: dict[str, float] = {}
        ranks: dict[str, list[float]] = {"tandem": [], "flaml": []}
        firsts = []
        for one in self.chosen:
            tandem, first, count = self._run_tandem(one, seed)
            flaml = self._run_flaml(one, seed)
            better = tandem["held_out"] - flaml["score"]
            better = better if one.maximize else -better
            ranks["tandem"].append(1.5 - 0.5 * ((better > 0) - (better < 0)))
            ranks["flaml"].append(3 - ranks["tandem"][-1])
            firsts.append(first)
            figures |= {
                f"{one.name}_tandem": tandem["held_out"],
                f"{one.name}_flaml": flaml["score"],
                f"{one.name}_gain": better / max(tandem["held_out_error"], _LEAST_ERROR),
                f"{one.name}_candidates": count,
            }
            print(f"    seed {seed}, {one.name}: {tandem['held_out']:.5g} {one.metric} ", end="")
            print(f"({count} candidates), {flaml['learner']} {flaml['score']:.5g}", flush=True)
        means = {f"rank_{name}": sum(each) / len(each) for name, each in ranks.items()}
        return {**means, "slowest_first_s": max(firsts), **figures}

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
            command, env=variables, cwd=_ROOT, stdout=subprocess.PIPE, check=False
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
