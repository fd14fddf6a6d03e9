"""Memory while XGBoost finds the cuts of 100,000 rows of 300 features, by `max_bin`.

The rows are read from a temporary file, as a training reads them, by a process that sees neither
pandas nor scikit-learn, as in the image. `rows alone` reads them and makes no matrix.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import measure_program

_BINS, _ALONE = (256, 64, 16), "rows alone"
_PROGRAM = """
import sys
sys.modules["pandas"] = sys.modules["sklearn"] = None
import numpy as np
import xgboost as xgb
from booster.data.dataset import Dataset
from booster.data.features import FeatureBuilder
from booster.rounds.training_matrices import _BatchIterator
rows, width, step, bins = 100_000, 300, 5000, int(sys.argv[1])
generator, builder = np.random.default_rng(0), FeatureBuilder()
for _ in range(rows // step):
    builder.add(generator.standard_normal((step, width), dtype=np.float32))
dataset = Dataset(builder.build(width), np.zeros(rows, np.float32), None)
if bins:
    xgb.QuantileDMatrix(_BatchIterator(dataset), max_bin=bins)
else:
    for _ in dataset.read_batches():
        pass
"""


def _prepare(_: Path) -> Plan:
    sizes = {f"max_bin {bins}": bins for bins in _BINS} | {_ALONE: 0}
    candidates = [Candidate(name, partial(_measure, bins)) for name, bins in sizes.items()]
    finest, coarsest = (f"max_bin {bins}" for bins in (max(_BINS), min(_BINS)))
    goals = [Goal("sketches_max_bin_16", "peak_mb", coarsest, finest, most=0.5)]
    return Plan(candidates, goals, rounds=1)


def _measure(bins: int) -> Figures:
    return measure_program(
        [sys.executable, "-c", _PROGRAM, str(bins)], {"OMP_WAIT_POLICY": "PASSIVE"}
    )


BENCHMARK = Benchmark(
    "sketches", "memory while the cuts are found, by max_bin", _prepare, slow=True
)
