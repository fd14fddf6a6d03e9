"""Every content type in and out, and every output of every objective, against kept values.

`python -m tests.golden.serving` writes them.
"""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from booster.params.objectives import BY_NAME
from booster.predict.output_keys import KEYS
from tests.golden.serving import (
    BINARY,
    CASES,
    CSV,
    FILE,
    OBJECTIVES,
    ROWS,
    build_service,
    encode_bodies,
    predict_with_image,
    predict_with_xgboost,
)

GOLDEN: dict[str, dict[str, dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
WIDTH = ROWS.shape[1]
SINGLE = ROWS.astype("<f4")


def flat(values: object) -> list[float]:
    return [np.nan if v is None else float(v) for v in np.array(values, dtype=object).ravel()]


def bits(values: object) -> list[float]:
    return [float(value) for value in np.array(flat(values), dtype=np.float32)]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_objective_answers_as_before_and_as_plain_xgboost(objective: str) -> None:
    kept, found, plain = (
        GOLDEN["objectives"][objective],
        predict_with_image(objective),
        predict_with_xgboost(objective),
    )
    assert list(found) == list(kept)
    for name, values in found.items():
        assert flat(values) == pytest.approx(flat(kept[name]), rel=1e-5, abs=1e-7), name
    # Nine digits are a 32-bit number's very bits.
    assert bits(found["score"]) == plain["prediction"].ravel().tolist()
    for name in ("contributions", "interactions", "leaf"):
        assert bits(found[name]) == plain[name].ravel().tolist()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_output_an_objective_lacks_is_missing_and_one_it_has_is_not(objective: str) -> None:
    body = (
        build_service(objective).invoke("text/csv", "application/jsonlines", CSV, tuple(KEYS)).body
    )
    for line in body.splitlines():
        has = {name for name, value in json.loads(line).items() if value is not None}
        assert has == {name for name, key in KEYS.items() if key.fits(objective)}
        assert has - set(GOLDEN["objectives"][objective]) == set()


def test_the_outputs_of_the_built_in_container_are_there_for_the_same_objectives() -> None:
    regression = {"predicted_score"}
    scores = {"predicted_label", "labels", "raw_score", "raw_scores"}
    contract = {
        "reg:squarederror": regression,
        "reg:logistic": regression,
        "reg:gamma": regression,
        "reg:absoluteerror": regression,
        "reg:tweedie": regression,
        "binary:logistic": scores | {"probability", "probabilities"},
        "multi:softprob": scores | {"probability", "probabilities"},
        "binary:logitraw": scores,
        "binary:hinge": scores,
        "multi:softmax": scores,
    }
    explanations = {"contributions", "interactions", "leaf"}
    for objective in BY_NAME:
        has = {name for name, key in KEYS.items() if key.fits(objective)}
        assert has == contract.get(objective, regression) | explanations


def test_classes_are_those_of_the_largest_score() -> None:
    softmax, softprob = (GOLDEN["objectives"][f"multi:{kind}"] for kind in ("softmax", "softprob"))
    assert softmax["predicted_label"] == softmax["raw_score"] == softmax["score"]
    assert softmax["predicted_label"] == np.argmax(softmax["raw_scores"], axis=1).tolist()
    assert np.sum(softmax["raw_scores"], axis=1).tolist() == [1] * len(ROWS)
    assert softprob["predicted_label"] == np.argmax(softprob["score"], axis=1).tolist()
    assert softprob["probability"] == np.max(softprob["score"], axis=1).tolist()


@pytest.mark.parametrize("case", CASES)
def test_the_bytes_of_an_answer_are_the_kept_ones(case: str) -> None:
    objective, outputs = CASES[case]
    assert encode_bodies(objective, outputs) == GOLDEN["bodies"][case]


@pytest.mark.parametrize("case", CASES)
def test_columnar_answers_hold_the_same_numbers(case: str) -> None:
    objective, outputs = CASES[case]
    npy = base64.b64decode(GOLDEN["bodies"][case][BINARY[0]])
    matrix = np.load(io.BytesIO(npy), allow_pickle=False)
    asked = build_service(objective)
    parquet = asked.invoke("text/csv", "application/x-parquet", CSV, outputs).body
    stream = asked.invoke("text/csv", "application/vnd.apache.arrow.stream", CSV, outputs).body
    with pa.ipc.open_stream(stream) as reader:
        arrow = reader.read_all()
    for table in (pd.read_parquet(io.BytesIO(parquet)), arrow.to_pandas()):
        cells = [np.stack(table[name].to_list()) for name in table.columns]
        found = np.column_stack([cell.reshape(len(ROWS), -1) for cell in cells])
        assert np.array_equal(found.astype(np.float64), matrix, equal_nan=True)


# What clients send, each written here by hand and by no codec of ours.


def cells(row: np.ndarray) -> dict[int, str]:
    """Give a row's values, by index, as text."""
    return {index: repr(float(value)) for index, value in enumerate(row) if not np.isnan(value)}


def dense(row: np.ndarray) -> str:
    found = cells(row)
    return f"[{', '.join(found.get(index, 'null') for index in range(WIDTH))}]"


def common(row: np.ndarray) -> str:
    return f'{{"data": {{"features": {{"values": {dense(row)}}}}}}}'


def keyed(row: np.ndarray) -> str:
    found = cells(row)
    values = f'"keys": {list(found)}, "shape": [{WIDTH}], "values": [{", ".join(found.values())}]'
    return f'{{"data": {{"features": {{{values}}}}}}}'


def field(number: int, payload: bytes) -> bytes:
    assert len(payload) < 0x80
    return bytes([number << 3 | 2, len(payload)]) + payload


def record(tensor: bytes, kind: int) -> bytes:
    entry = field(1, b"values") + field(2, field(kind, tensor))
    payload = field(1, entry)
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("<II", 0xCED7230A, len(payload)) + payload + padding


def dense_record(row: np.ndarray, kind: int, dtype: str) -> bytes:
    return record(field(1, row.astype(dtype).tobytes()), kind)


def sparse_record(row: np.ndarray, kind: int, dtype: str) -> bytes:
    there = np.flatnonzero(~np.isnan(row))
    values = field(1, row[there].astype(dtype).tobytes()) if len(there) else b""
    keys = field(2, bytes(there.tolist())) if len(there) else b""
    return record(values + keys + field(3, bytes([WIDTH])), kind)


def npy(dtype: str, order: str = "C") -> bytes:
    out = io.BytesIO()
    np.save(out, np.array(ROWS, dtype=dtype, order="F" if order == "F" else "C"))
    return out.getvalue()


def table(dtype: str) -> pa.Table:
    columns = {f"f{i}": pa.array(ROWS[:, i].astype(dtype), from_pandas=True) for i in range(WIDTH)}
    return pa.table(columns)


def arrow() -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table("float64").schema) as stream:
        stream.write_table(table("float64"))
    return out.getvalue()


def parquet(dtype: str) -> bytes:
    out = io.BytesIO()
    pd.DataFrame({f"f{i}": ROWS[:, i].astype(dtype) for i in range(WIDTH)}).to_parquet(out)
    return out.getvalue()


def libsvm(row: np.ndarray, label: str = "") -> str:
    words = [f"{index}:{text}" for index, text in cells(row).items()]
    return " ".join([label, *words] if label else words) or "0"


def lines(texts: list[str], end: str = "\n") -> bytes:
    return "".join(text + end for text in texts).encode()


JSON, LINES = "application/json", "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
FORMS: Mapping[str, Callable[[np.ndarray], str]] = {
    "lists": dense,
    "features": lambda row: f'{{"features": {dense(row)}}}',
    "common": common,
    "sparse": keyed,
}


def sent() -> Mapping[str, tuple[str, bytes]]:
    """Give every way the rows can be sent: a content type and a body."""
    quoted = CSV.replace(b"0.1,", b'"0.1",').replace(b"\n", b"\r\n")
    found = {
        "csv": ("text/csv", CSV),
        "csv, quoted, CRLF, no last newline": ("Text/CSV; charset=utf-8", quoted[:-2]),
        "libsvm": ("text/libsvm", lines([libsvm(row) for row in ROWS])),
        "libsvm, label": ("text/x-libsvm", lines([libsvm(row, "1") for row in ROWS])),
        "parquet": ("application/x-parquet", parquet("float64")),
        "parquet, 32 bits": ("application/vnd.apache.parquet", parquet("float32")),
        "arrow": ("application/vnd.apache.arrow.stream", arrow()),
        "a list alone": (JSON, f"[{', '.join(map(dense, ROWS))}]".encode()),
    }
    for name, form in FORMS.items():
        texts = [form(row) for row in ROWS]
        found[f"json, {name}"] = (JSON, f'{{"instances": [{", ".join(texts)}]}}'.encode())
        found[f"json lines, {name}"] = (LINES, lines(texts))
    for dtype, kind in {"<f4": 2, "<f8": 3}.items():
        for name, written in {"dense": dense_record, "sparse": sparse_record}.items():
            body = b"".join(written(row, kind, dtype) for row in ROWS)
            found[f"recordio, {name} {dtype}"] = (RECORDIO, body)
    for dtype, order in (("<f4", "C"), ("<f8", "C"), (">f8", "C"), ("<f8", "F")):
        found[f"npy, {dtype} {order}"] = ("application/x-npy", npy(dtype, order))
    return found


@pytest.mark.parametrize("way", sent())
@pytest.mark.parametrize("objective", ["reg:squarederror", "multi:softprob"])
def test_the_same_rows_are_the_same_answer_in_every_format(objective: str, way: str) -> None:
    content_type, body = sent()[way]
    names = ("contributions",)
    for outputs in ((), names):
        kept = build_service(objective).invoke("text/csv", "text/csv", CSV, outputs)
        found = build_service(objective).invoke(content_type, "text/csv", body, outputs)
        assert (found.status, found.body) == (kept.status, kept.body)


def test_rounding_to_32_bits_happens_once() -> None:
    assert SINGLE.tobytes() == np.array(ROWS, dtype=np.float32).tobytes()
    assert ROWS[1, 1] != SINGLE[1, 1]
