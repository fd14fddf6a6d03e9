"""Two data sets of 30 columns: a reference, and current data in which one column has shifted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

REFERENCE, CURRENT = "reference", "current"
SHIFTED = "amount0"
ROWS = 1_000_000
_BLOCK = 100_000
_SHIFT = 1.5


def write_data(folder: Path, rows: int = ROWS, form: str = "csv") -> None:
    """Write both data sets as files `reference.FORM` and `current.FORM`; `form` is csv or parquet.

    Numbers with many digits, whole numbers, numbers with a tenth missing, and texts: 6 columns of
    5 categories, one of 5,000 and one of 40,000.
    """
    for seed, name in enumerate((REFERENCE, CURRENT)):
        write_file(folder / f"{name}.{form}", seed, rows, form)


def write_file(path: Path, seed: int, rows: int, form: str) -> None:
    """Write one data set, of seed 0 the reference."""
    schema = _make_block(seed, 0, 1).schema
    write = csv.CSVWriter if form == "csv" else parquet.ParquetWriter
    with write(path, schema) as file:
        for number in range(-(-rows // _BLOCK)):
            size = min(_BLOCK, rows - number * _BLOCK)
            file.write_table(_make_block(seed, number, size))


def _make_block(seed: int, number: int, rows: int) -> Any:
    random = np.random.default_rng([seed, number])

    def round_amounts(digits: int) -> NDArray[np.float64]:
        return np.round(random.gamma(2.0, 50.0, rows), digits)

    def pick(names: list[str], power: float) -> Any:
        places = np.minimum(random.zipf(power, rows) - 1, len(names) - 1)
        return pa.array(names).take(pa.array(places))

    columns: dict[str, Any] = {f"amount{n}": round_amounts(2 + 2 * (n % 2)) for n in range(10)}
    if seed:
        columns[SHIFTED] = np.round(columns[SHIFTED] * _SHIFT, 2)
    columns |= {f"score{n}": random.normal(size=rows) for n in range(4)}
    columns |= {f"age{n}": random.integers(18, 90, rows) for n in range(4)}
    columns |= {f"count{n}": random.integers(0, 10**7, rows) for n in range(2)}
    for n in range(2):
        columns[f"gapped{n}"] = pa.array(round_amounts(3), mask=random.random(rows) < 0.1)
    columns |= {f"state{n}": pick(["OH", "NY", "CA", "TX", "WA"], 2.0) for n in range(6)}
    columns["city"] = pick([f"city {n}" for n in range(5000)], 1.5)
    columns["street"] = pick([f"street {n}" for n in range(40_000)], 1.2)
    return pa.table(columns)
