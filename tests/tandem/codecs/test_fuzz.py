"""No body, content type or Accept makes the server fail: it answers, or it says what is wrong."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import codecs
from tandem.codecs import recordio_protobuf
from tandem.contract.settings import read
from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.schema.row_source import InputSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import TandemError
from tandem.serving.model_service import ModelService

NAMES = [name for codec in codecs.CODECS for name in (*codec.media_types, *codec.aliases)]


class Echo:
    """A model that answers what it read, so that every codec writes it too."""

    def __init__(self, schema: InputSchema, example: Table) -> None:
        self.schema = schema
        self._example = example

    def predict(self, table: Table) -> Table:
        return table

    def example(self) -> Table:
        return self._example


MATRIX = Echo(MatrixSchema(3), Table(np.zeros((1, 3))))
RECORDS = Echo(
    RecordSchema((Field("a", "number"), Field("b", "text")), ("a", "b", "c"), Field("c", "number")),
    Table(np.zeros((1, 1)), np.array([["x"]], dtype=object)),
)


def valid(values: FloatArray) -> dict[str, bytes]:
    """Give a body of every format."""
    table = Table(values, key=FEATURES)
    bodies = {codec.media_types[0]: codec.encode(table) for codec in codecs.WRITERS}
    out = io.BytesIO()
    named = pa.table({"a": [1.5, None], "b": ["x", None], "c": [1, 2]})
    with pa.ipc.new_stream(out, named.schema) as stream:
        stream.write_table(named)
    return bodies | {
        "text/libsvm": b"1 qid:3 0:1.5 2:7\n0:2\n",
        "application/jsonlines": b'{"a": 1, "b": "x"}\n{"a": null, "b": ""}\n',
        "arrow": out.getvalue(),
        "text/csv": b'a,b,c\n1,"x,y",\n',
    }


BODIES = valid(np.array([[1.5, np.nan, -2], [0.1, 3, 4]]))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A body of some format in which some bytes are others, missing or added."""
    content_type = draw(st.sampled_from(sorted(BODIES)))
    body = bytearray(BODIES[content_type])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        end = min(len(body), at + draw(st.integers(0, 8)))
        body[at:end] = draw(st.binary(max_size=8))
    return content_type, bytes(body)


CONTENT_TYPES = st.sampled_from(NAMES) | st.text(max_size=40) | st.just("text/csv; header=present")
ACCEPTS = st.sampled_from([*NAMES, "*/*", "text/*;q=0.1, application/json"]) | st.text(max_size=40)
ANYTHING = st.tuples(CONTENT_TYPES, st.binary(max_size=120) | st.text().map(str.encode))


@pytest.mark.parametrize("model", [MATRIX, RECORDS], ids=["matrix", "records"])
@settings(max_examples=600)
@given(st.one_of(damaged(), ANYTHING), ACCEPTS)
def test_every_request_is_answered_or_refused(
    model: Echo, request_: tuple[str, bytes], accept: str
) -> None:
    content_type, body = request_
    service = ModelService(model, read({}))
    try:
        answer = service.invoke(content_type, accept, body)
    except TandemError as error:
        assert 400 <= error.status < 500  # noqa: PT017 - either outcome is right
        assert len(str(error)) < 1000  # noqa: PT017
    else:
        assert answer.status == 200


def singles(values: FloatArray) -> dict[str, bytes]:
    """Give a body of every format that holds numbers of four bytes as they are."""
    columns = pa.table({name: pa.array(values[:, at]) for at, name in enumerate("abc")})
    npy, parquet, arrow = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, values)
    pq.write_table(columns, parquet)
    with pa.ipc.new_stream(arrow, columns.schema) as stream:
        stream.write_table(columns)
    return {
        "application/x-npy": npy.getvalue(),
        "application/x-parquet": parquet.getvalue(),
        "arrow": arrow.getvalue(),
        "recordio-protobuf": recordio_protobuf.CODEC.encode(Table(values, key=FEATURES)),
    }


@pytest.mark.parametrize("content_type", singles(np.zeros((1, 3), np.float32)))
def test_bits_that_are_no_number_are_missing_and_make_no_warning(content_type: str) -> None:
    """NumPy warns of a signalling NaN in float32, and pytest makes warnings errors."""
    bits = np.array([[0x7F800001, 0xFFC00000, 0x3F800000], [0, 0xFF800001, 0]], "<u4")
    body = singles(bits.view("<f4"))[content_type]
    answer = ModelService(MATRIX, read({})).invoke(content_type, "text/csv", body)
    assert answer.body == b",,1.0\n0.0,,0.0\n"


def test_the_bodies_that_are_damaged_are_good_ones() -> None:
    service = ModelService(MATRIX, read({}))
    named = {"arrow", "application/jsonlines", "text/csv"}
    for content_type, body in BODIES.items():
        if content_type not in named:
            assert service.invoke(content_type, "application/json", body).status == 200
    for content_type in named:
        answer = ModelService(RECORDS, read({})).invoke(
            content_type, "text/csv", BODIES[content_type]
        )
        assert answer.status == 200
