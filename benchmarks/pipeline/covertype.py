"""581,012 patches of forest, end to end: where the time of fit, transform, training and batch goes.

The data are not part of the repository. They are looked for in the folder TANDEM_DATA, else beside
the repository, as covertype/covertype.csv.gz. The steps follow each other, as one needs what the
one before made, and are programs of this environment.
"""

from __future__ import annotations

import gzip
import os
import resource
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from local_test import jobs
from local_test.endpoints import Stage
from local_test.engines import discard_line, select_engine
from local_test.jobs import Channel, TrainingJob, TransformJob

_BESIDE = Path(__file__).parents[3] / "shared" / "data"
_CSV, _PARQUET = "text/csv", "application/x-parquet"
_HELD_OUT = 5  # every fifth row
_FILES = 4
_TRANSFORM = {"target": "Cover_Type", "target_type": "class"}
_BOOSTER = {
    "objective": "multi:softprob",
    "num_class": "7",
    "num_round": "30",
    "eta": "0.5",
    "max_depth": "8",
}


def _prepare(folder: Path) -> Plan:
    source = Path(os.environ.get("TANDEM_DATA", _BESIDE)) / "covertype" / "covertype.csv.gz"
    if not source.is_file():
        sentence = f"skipped: {source} is not there; set TANDEM_DATA"
        print(f"  {sentence}")
        return Plan((), about={"skipped": sentence})
    if not (folder / "truth.txt").is_file():
        _deal_rows(source, folder)
    learnt, held = (_read_lines(folder / part) for part in ("train", "test"))
    steps: list[tuple[str, int, Callable[[Path], object]]] = [
        ("fit", learnt, _fit),
        ("transform", learnt, _transform),
        ("train", learnt, _train),
        ("batch transform", held, _predict_batch),
    ]
    candidates = [
        Candidate(name, partial(_measure_step, folder, rows, step)) for name, rows, step in steps
    ]
    return Plan(candidates, rounds=1, about={"rows": learnt, "held out": held, **_BOOSTER})


def _deal_rows(source: Path, folder: Path) -> None:
    """Deal every fifth row to the test, without its target, and the others to four files."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        header, *lines = file.read().splitlines()
    learnt = [line for number, line in enumerate(lines) if number % _HELD_OUT]
    held = [line.rpartition(",") for line in lines[::_HELD_OUT]]
    names = header.rpartition(",")[0]
    for part in ("train", "test"):
        (folder / part).mkdir(exist_ok=True)
    for number in range(_FILES):
        text = "\n".join([header, *islice(learnt, number, None, _FILES), ""])
        (folder / "train" / f"{number}.csv").write_text(text, encoding="utf-8")
        text = "\n".join([names, *(line[0] for line in held[number::_FILES]), ""])
        (folder / "test" / f"{number}.csv").write_text(text, encoding="utf-8")
    truth = [line[2] for number in range(_FILES) for line in held[number::_FILES]]
    (folder / "truth.txt").write_text("\n".join(truth), encoding="utf-8")


def _read_lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") - 1 for path in folder.glob("*.csv"))


def _measure_step(folder: Path, rows: int, step: Callable[[Path], object]) -> Figures:
    """Time one step, with the processor time of the programs it starts."""
    used, began = _read_cpu_seconds(), time.monotonic()
    found = step(folder)
    seconds = time.monotonic() - began
    figures = {
        "seconds": seconds,
        "cpu_seconds": _read_cpu_seconds() - used,
        "rows_per_second": rows / seconds,
    }
    return {**figures, "accuracy": found} if isinstance(found, float) else figures


def _read_cpu_seconds() -> float:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _build_job(image: str, channel: Channel, hyperparameters: dict[str, str], output: Path) -> None:
    training = TrainingJob(image, [channel], hyperparameters)
    result = jobs.train(training, output, select_engine("process"), logs=discard_line)
    if result.exit_code:
        raise BenchmarkFailed(f"{image}: {result.diagnosis}")


def _fit(folder: Path) -> None:
    _build_job("preprocessor", Channel("train", folder / "train", _CSV), _TRANSFORM, folder / "fit")


def _transform(folder: Path) -> None:
    job = TransformJob([_find_preprocessor(folder)], folder / "train", _CSV, _PARQUET)
    jobs.transform(
        job, folder / "features", select_engine("process"), logs=discard_line
    ).raise_for_status()


def _train(folder: Path) -> None:
    _build_job(
        "xgboost", Channel("train", folder / "features", _PARQUET), _BOOSTER, folder / "booster"
    )


def _predict_batch(folder: Path) -> float:
    """Send the held out rows through the pipeline; gives the share of right answers."""
    first = _find_preprocessor(folder)
    last = Stage(first.image, first.model, {"TANDEM_STAGE": "inverse"})
    stages = [first, Stage("xgboost", folder / "booster" / "model.tar.gz"), last]
    job = TransformJob(stages, folder / "test", _CSV, _CSV)
    jobs.transform(
        job, folder / "answers", select_engine("process"), logs=discard_line
    ).raise_for_status()
    answers = [
        line
        for path in sorted((folder / "answers").glob("*.out"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    truth = (folder / "truth.txt").read_text(encoding="utf-8").splitlines()
    return sum(one == other for one, other in zip(answers, truth, strict=True)) / len(truth)


def _find_preprocessor(folder: Path) -> Stage:
    return Stage("preprocessor", folder / "fit" / "model.tar.gz")


BENCHMARK = Benchmark(
    "covertype", "581,012 rows: fit, transform, train, batch", _prepare, slow=True
)
