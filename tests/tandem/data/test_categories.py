"""Categories: texts become the codes a model was trained with, and codes keep their meaning."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tandem import codecs
from tandem.data.arrays import FloatArray
from tandem.data.categories import Categories, CategorySource
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData

PARQUET, ARROW = "application/x-parquet", "application/vnd.apache.arrow.stream"
BOTH = pytest.mark.parametrize("content_type", [PARQUET, ARROW])
NAN = np.nan
SCHEMA = MatrixSchema(2, ("area", "zone"), {"zone": ("B", "A", "1")})


def body(content_type: str, table: pa.Table) -> bytes:
    out = io.BytesIO()
    if content_type == PARQUET:
        pq.write_table(table, out)
    else:
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table, max_chunksize=2)
    return out.getvalue()


def source(content_type: str, columns: dict[str, Any]) -> CategorySource:
    codec, parameters = codecs.find_decoder(content_type)
    found = codec.open_body(body(content_type, pa.table(columns)), parameters)
    assert isinstance(found, CategorySource)
    return found


def read(content_type: str, content: bytes) -> FloatArray:
    codec, parameters = codecs.find_decoder(content_type)
    return SCHEMA.read(codec.open_body(content, parameters)).numbers


@BOTH
@pytest.mark.parametrize("dictionary", [True, False])
def test_texts_are_read_as_the_models_codes(content_type: str, dictionary: bool) -> None:
    zone = pa.array(["A", None, "never seen", "B", "1"])
    columns = {"zone": zone.dictionary_encode() if dictionary else zone, "area": [1, 2, 3, 4, 5]}
    found = read(content_type, body(content_type, pa.table(columns)))
    assert np.array_equal(found[:, 1], [1, NAN, NAN, 0, 2], equal_nan=True)
    assert found[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_numbers_are_codes_in_every_format() -> None:
    parquet = body(PARQUET, pa.table({"area": [5], "zone": [2]}))
    for content_type, content in (
        (PARQUET, parquet),
        ("text/csv", b"5,2\n"),
        ("application/json", b'[{"zone": 2, "area": 5}]'),
        ("text/csv; header=present", b"zone,area\n2,5\n"),
    ):
        assert read(content_type, content).tolist() == [[5, 2]]


@BOTH
def test_training_learns_categories_in_the_order_of_the_dictionary(content_type: str) -> None:
    learnt = Categories(learns=True)
    zone = pa.DictionaryArray.from_arrays(pa.array([2, None, 0, 2]), pa.array(["C", "A", "B"]))
    first = source(content_type, {"y": [0, 1, 0, 1], "zone": zone, "area": [1, 2, 3, 4]})
    expected = np.array([[0, 2, 1], [1, NAN, 2], [0, 0, 3], [1, 2, 4]])
    assert np.array_equal(first.read_coded_matrix(learnt, plain=1), expected, equal_nan=True)
    later = source(content_type, {"y": [0, 1], "zone": pa.array(["D", "A"]).dictionary_encode()})
    assert later.read_coded_matrix(learnt, plain=1).tolist() == [[0, 3], [1, 1]]
    assert learnt.known == {"zone": ("C", "A", "B", "D")}


def test_the_label_is_no_category() -> None:
    label = pa.array(["7", "8"]).dictionary_encode()
    learnt = Categories(learns=True)
    found = source(PARQUET, {"y": label, "x": [1, 2]}).read_coded_matrix(learnt, plain=1)
    assert (found.tolist(), learnt.known) == ([[7, 1], [8, 2]], {})


@BOTH
def test_codes_that_were_written_with_their_categories_keep_their_meaning(
    content_type: str,
) -> None:
    written = Table(
        np.array([[1.0, 50], [0, 60]], np.float32),
        key=FEATURES,
        names=("zone", "area"),
        categories={"zone": ("B", "Ä", "1")},
    )
    encoder, _ = codecs.find_encoder(content_type, content_type)
    codec, parameters = codecs.find_decoder(content_type)
    learnt = Categories(learns=True)
    for _ in range(2):
        found = codec.open_body(encoder.encode(written), parameters)
        assert isinstance(found, CategorySource)
        assert found.read_coded_matrix(learnt).tolist() == [[1, 50], [0, 60]]
    assert learnt.known == {"zone": ("B", "Ä", "1")}
    assert codec.open_body(encoder.encode(written), parameters).read_matrix().tolist() == [
        [1, 50],
        [0, 60],
    ]


def test_codes_with_another_meaning_are_refused() -> None:
    learnt = Categories({"zone": ("A", "B")}, learns=True)
    learnt.add_listed("zone", ["A", "B", "C"])
    assert learnt.known == {"zone": ("A", "B", "C")}
    with pytest.raises(BadData, match="column 'zone': the codes have another meaning than those"):
        learnt.add_listed("zone", ["B", "A"])
