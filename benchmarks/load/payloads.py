"""Bodies as numbers and back, and whether two servers answer the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness.process_usage import BenchmarkFailed

Numbers = NDArray[np.float64]

# What float32 can tell apart; a transform's numbers are near 1, a prediction may be larger.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def read_csv(body: bytes) -> Numbers:
    """Read an answer in CSV, shape (rows, columns)."""
    return np.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2)


def read_v2(body: bytes) -> Numbers:
    """Read an answer of the Open Inference Protocol, V2, shape (rows, columns)."""
    (output,) = json.loads(body)["outputs"]
    return np.asarray(output["data"], dtype=np.float64).reshape(output["shape"][0], -1)


def encode_matrix_v2(body: bytes) -> bytes:
    """Turn rows of numbers in CSV into a V2 request."""
    rows = read_csv(body)
    inputs = [_build_tensor("rows", "FP32", list(rows.shape), rows.ravel().tolist())]
    return json.dumps({"inputs": inputs}).encode()


def encode_records_v2(names: Sequence[str], body: bytes) -> bytes:
    """Turn raw records in CSV into a V2 request of a DataFrame; an empty cell is null."""
    columns = list(zip(*csv.reader(io.StringIO(body.decode())), strict=True))
    inputs = [_encode_column(name, cells) for name, cells in zip(names, columns, strict=True)]
    asked = {"parameters": {"content_type": "pd"}, "inputs": inputs}
    return json.dumps({**asked, "outputs": [{"name": "transform"}]}).encode()


def require_same(mine: Numbers, its: Numbers, server: str) -> None:
    """Raise Failed where two servers do not answer the same, within RELATIVE and ABSOLUTE."""
    if mine.shape != its.shape:
        raise BenchmarkFailed(
            f"{server} answers {its.shape} numbers where Tandem answers {mine.shape}"
        )
    apart = ~np.isclose(mine, its, rtol=RELATIVE, atol=ABSOLUTE)
    if apart.any():
        row, column = np.argwhere(apart)[0]
        raise BenchmarkFailed(
            f"{server} answers {its[row, column]} in row {row + 1}, column {column + 1}, "
            f"where Tandem answers {mine[row, column]}: {apart.sum()} of {apart.size} differ"
        )


def _encode_column(name: str, cells: tuple[str, ...]) -> dict[str, object]:
    try:
        numbers = [float(cell) if cell else None for cell in cells]
    except ValueError:
        words = _build_tensor(name, "BYTES", [len(cells), 1], list(cells))
        return {**words, "parameters": {"content_type": "str"}}
    return _build_tensor(name, "FP64", [len(cells), 1], numbers)


def _build_tensor(
    name: str, kind: str, shape: list[int], data: Sequence[object]
) -> dict[str, object]:
    return {"name": name, "shape": shape, "datatype": kind, "data": data}
