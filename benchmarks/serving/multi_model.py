"""What a multi-model endpoint's memory does: while a model is loaded, and after it is unloaded.

Each run is a process of its own that holds the real thing, `tandem.serving.multi_model`. Memory is
the proportional set (`/proc/self/smaps_rollup`), the height of a load the kernel's high-water mark.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan

_MAKE = """
import sys
import numpy as np
import xgboost as xgb
from pathlib import Path
values = np.random.default_rng(0).normal(size=(4000, 20)).astype(np.float32)
label = values[:, 0] + np.random.default_rng(1).normal(size=4000)
for depth, rounds in ((12, 60), (4, 2000), (1, 6000)):
    booster = xgb.train({"max_depth": depth, "eta": 0.1}, xgb.DMatrix(values, label), rounds)
    for form in ("ubj", "json"):
        folder = Path(sys.argv[1]) / f"{form}-{depth}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "xgboost-model").write_bytes(bytes(booster.save_raw(form)))
"""
_RUN = """
import json, re, sys
from pathlib import Path
from booster.algorithm import ALGORITHM
from tandem.contract import settings
from tandem.machine import process_memory as memory
from tandem.serving.multi_model import LoadedModels

def status(file, key):
    text = Path(f"/proc/self/{file}").read_text()
    return int(re.search(rf"^{key}:\\s+(\\d+)", text, re.M)[1]) * 1024

models = LoadedModels(ALGORITHM.load, settings.read({}))
models.load("warm", sys.argv[2])
models.unload("warm")
before = status("smaps_rollup", "Pss")
resident = status("status", "VmRSS")
Path("/proc/self/clear_refs").write_text("5")
models.load("0", sys.argv[1])
height = status("status", "VmHWM") - resident
for number in range(1, 8):
    models.load(str(number), sys.argv[1])
loaded = status("smaps_rollup", "Pss")
for number in range(8):
    models.unload(str(number))
print(json.dumps({
    "height_mb": height / 2**20,
    "expected_mb": memory.estimate_load_memory(Path(sys.argv[1])) / 2**20,
    "before_mb": before / 2**20,
    "loaded_mb": loaded / 2**20,
    "after_mb": status("smaps_rollup", "Pss") / 2**20,
}))
"""


def _prepare(folder: Path) -> Plan:
    names = [f"{form}-{depth}" for form in ("ubj", "json") for depth in (12, 4, 1)]
    if not all((folder / name / "xgboost-model").is_file() for name in names):
        subprocess.run([sys.executable, "-c", _MAKE, folder], check=True)
    results: dict[str, Figures] = {}
    candidates, goals = [], []
    for name in names:
        for part in ("before", "loaded", "after", "expected", "height"):
            figure = partial(_read_figure, results, folder, name, part)
            candidates.append(Candidate(f"{name} {part}", figure))
        goals += [
            Goal(f"load_height_{name}", "mb", f"{name} height", f"{name} expected", most=1.0),
            Goal(f"unloaded_{name}", "mb", f"{name} after", f"{name} before", most=1.1),
        ]
    return Plan(candidates, goals, rounds=3, about={"models at once": 8})


def _read_figure(results: dict[str, Figures], folder: Path, name: str, part: str) -> Figures:
    """Return one figure of a model's run; all of them are read off one process."""
    found = results.get(name, {})
    if f"{part}_mb" not in found:
        command = [sys.executable, "-c", _RUN, str(folder / name), str(folder / "ubj-12")]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(ended.stdout.splitlines()[-1])
    results[name] = {key: value for key, value in found.items() if key != f"{part}_mb"}
    return {"mb": found[f"{part}_mb"]}


BENCHMARK = Benchmark(
    "multi_model",
    "memory of a multi-model endpoint while it loads and unloads",
    _prepare,
    slow=True,
)
