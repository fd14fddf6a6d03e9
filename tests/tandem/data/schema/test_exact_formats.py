"""What holds of every format: nothing is lost on the way, and the way does not matter."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tandem import codecs
from tandem.data.arrays import FloatArray
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Table

WRITTEN = [codec.media_types[0] for codec in codecs.WRITERS]
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 4))


def tables(dtype: type[np.floating], width: int) -> st.SearchStrategy[FloatArray]:
    cells = st.floats(width=width, allow_infinity=False) | st.just(np.nan)  # type: ignore[arg-type]
    return arrays.arrays(dtype, SHAPES, elements=cells)


def read(content_type: str, body: bytes, width: int) -> FloatArray:
    codec, parameters = codecs.find_decoder(content_type)
    return MatrixSchema(width).read(codec.open_body(body, parameters)).numbers


def bits(values: FloatArray) -> list[list[int]]:
    kind = np.uint32 if values.dtype == np.float32 else np.uint64
    one_nan = np.where(np.isnan(values), np.array(np.nan, values.dtype), values)
    found: list[list[int]] = one_nan.view(kind).tolist()
    return found


@pytest.mark.parametrize("content_type", WRITTEN)
@given(st.one_of(tables(np.float64, 64), tables(np.float32, 32)))
def test_what_is_written_reads_back_bit_for_bit(content_type: str, values: FloatArray) -> None:
    if content_type == "text/csv" and values.shape[1] == 1:
        values = np.nan_to_num(values)  # a line that is one missing cell is an empty line
    body = codecs.find_encoder(content_type, content_type)[0].encode(Table(values, key=FEATURES))
    back = read(content_type, body, values.shape[1]).astype(values.dtype)
    assert bits(back) == bits(values)


@pytest.mark.parametrize("content_type", WRITTEN)
@given(tables(np.float64, 64))
def test_a_row_reads_the_same_alone_and_among_others(content_type: str, values: FloatArray) -> None:
    values = np.nan_to_num(values) if values.shape[1] == 1 else values
    writer, _ = codecs.find_encoder(content_type, content_type)
    rows = [writer.encode(Table(row[None, :], key=FEATURES)) for row in values]
    alone = [read(content_type, row, values.shape[1])[0] for row in rows]
    assert bits(np.array(alone)) == bits(values)


@given(tables(np.float64, 64))
def test_sparse_rows_are_the_dense_ones_without_what_is_missing(values: FloatArray) -> None:
    width = values.shape[1]
    lines = [
        " ".join(["0", *(f"{i}:{value!r}" for i, value in enumerate(row) if value == value)])  # noqa: PLR0124
        for row in values.tolist()
    ]
    found = [{i: value for i, value in enumerate(row) if value == value} for row in values.tolist()]  # noqa: PLR0124
    instances = [
        {"data": {"features": {"keys": [*r], "shape": [width], "values": [*r.values()]}}}
        for r in found
    ]
    libsvm = read("text/libsvm", "\n".join(lines).encode(), width)
    keyed = read("application/json", json.dumps({"instances": instances}).encode(), width)
    assert bits(libsvm) == bits(keyed) == bits(values)


@pytest.mark.parametrize("content_type", WRITTEN)
@given(st.lists(st.floats(width=32), min_size=1, max_size=4))
def test_an_answer_has_a_row_a_row_whatever_the_numbers_are(
    content_type: str, scores: list[float]
) -> None:
    table = Table(np.array(scores, dtype=np.float32)[:, None])
    body = codecs.find_encoder(content_type, content_type)[0].encode(table)
    assert body
    if content_type == "application/json":
        found = json.loads(body, parse_constant=pytest.fail)["predictions"]
        assert len(found) == len(scores)
        exact = [np.float32(row["score"]) for row in found if row["score"] is not None]
        assert exact == [np.float32(score) for score in scores if np.isfinite(score)]
