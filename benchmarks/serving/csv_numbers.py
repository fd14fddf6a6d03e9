"""Numbers in CSV, 1000 rows of 40: read and written in bulk, and a cell at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from tandem.codecs.csv import CODEC, CsvSource
from tandem.data.arrays import FloatArray
from tandem.data.tables import Table
from tandem.data.text import fast_floats

_ROWS, _WIDTH, _GAPS, _REPETITIONS, _ROUNDS = 1000, 40, 0.05, 40, 5
_BULK, _ORJSON, _SINGLY = "in bulk", "by orjson", "a cell at a time"
Floats = NDArray[np.float32]
_NAN = math.nan


def _prepare(_: Path) -> Plan:
    generator = np.random.default_rng(0)
    whole = generator.normal(size=(_ROWS, _WIDTH)).astype(np.float32)
    gaps = whole.copy()
    gaps[generator.random(whole.shape) < _GAPS] = np.nan
    ways = {
        _BULK: (
            lambda body: CsvSource(body).read_matrix(),
            lambda values: CODEC.encode(Table(values)),
        ),
        _ORJSON: (_parse_with_orjson, lambda values: CODEC.encode(Table(values))),
        _SINGLY: (_read, _write_by_cell),
    }
    for values in (whole, gaps):
        if not np.array_equal(
            _read(_write_by_cell(values)), CsvSource(_write_by_cell(values)).read_matrix(), True
        ):
            raise ValueError("the two do not read the same")
    candidates = [
        Candidate(name, partial(_measure, read, write, {"": whole, "_with_gaps": gaps}))
        for name, (read, write) in ways.items()
    ]
    figures = ("ns_to_read", "ns_to_read_with_gaps", "ns_to_write")
    goals = [Goal(f"cells_{f}", f, _BULK, _SINGLY, most=0.6) for f in figures]
    goals.append(Goal("cells_c_over_orjson", "ns_to_read", _BULK, _ORJSON, most=0.7))
    return Plan(candidates, goals, rounds=_ROUNDS, about={"shape": whole.shape, "gaps": _GAPS})


def _measure(
    read: Callable[[bytes], FloatArray],
    write: Callable[[Floats], bytes],
    matrices: dict[str, Floats],
) -> Figures:
    found = {}
    for name, values in matrices.items():
        body = _write_by_cell(values)
        found[f"ns_to_read{name}"] = _measure_nanoseconds(lambda body=body: read(body))  # type: ignore[misc]
        found[f"ns_to_write{name}"] = _measure_nanoseconds(lambda values=values: write(values))  # type: ignore[misc]
    return found


def _measure_nanoseconds(work: Callable[[], object]) -> float:
    """Return the least time of several, a cell: the noise of the machine only adds."""
    times = []
    for _ in range(_REPETITIONS):
        began = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - began)
    return min(times) / (_ROWS * _WIDTH)


def _read(body: bytes) -> FloatArray:
    rows = [line.split(",") for line in body.decode().splitlines()]
    return np.array([float(cell) if cell else _NAN for row in rows for cell in row]).reshape(
        len(rows), -1
    )


def _parse_with_orjson(body: bytes) -> FloatArray:
    found = fast_floats.read_with_orjson(body, _WIDTH)
    if found is None:
        raise ValueError("orjson does not read it")
    return found


def _write_by_cell(values: Floats) -> bytes:
    columns = [["" if x != x else f"{x:.9g}" for x in column.tolist()] for column in values.T]  # noqa: PLR0124
    return ("\n".join(map(",".join, zip(*columns, strict=True))) + "\n").encode()


BENCHMARK = Benchmark("cells", "nanoseconds a cell of CSV, in bulk and one at a time", _prepare)
