"""Sparse answers: put together, written, read again, and passed on to the next container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tandem import codecs
from tandem.contract import settings
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.rows.sparse_table import SparseTable, from_dense, join_columns, join_rows
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, PayloadTooLarge
from tandem.serving.model_service import ModelService

NAN = np.nan
LEFT = np.array([[1, NAN, 0], [NAN, NAN, NAN], [NAN, 2, NAN]], dtype=np.float32)
RIGHT = np.array([[5, NAN], [6, 7], [NAN, NAN]], dtype=np.float32)
RECORDIO = "application/x-recordio-protobuf"


def answer(values: np.ndarray, label: np.ndarray | None = None) -> SparseTable:
    nothing = np.empty((len(values), 0), dtype=np.float32)
    return SparseTable(nothing, sparse=from_dense(values), label=label, key=FEATURES)


def read(body: bytes, width: int) -> np.ndarray:
    codec, parameters = codecs.find_decoder(RECORDIO)
    return MatrixSchema(width).read(codec.open_body(body, parameters)).numbers


def test_blocks_stand_beside_and_below_each_other_as_matrices_do() -> None:
    whole = join_columns([from_dense(LEFT), from_dense(RIGHT)])
    np.testing.assert_array_equal(whole.read_matrix(), np.hstack([LEFT, RIGHT]))
    np.testing.assert_array_equal(
        join_rows([whole, whole]).read_matrix(), np.vstack([whole.read_matrix()] * 2)
    )
    assert whole.indices.tolist() == [0, 2, 3, 3, 4, 1]


def test_sparse_rows_come_back_with_every_bit_zero_among_them_and_the_empty_row() -> None:
    values = np.hstack([LEFT / np.float32(3), RIGHT])
    body = codecs.encode_table(codecs.find_encoder(RECORDIO, "")[0], answer(values))
    np.testing.assert_array_equal(read(body, 5), values)
    with pytest.raises(BadData, match="a row has 5 columns and the model has 6 features"):
        read(body, 6)


def test_a_thousand_rows_of_twenty_thousand_features_fit_into_a_request() -> None:
    indices = np.arange(100_000, dtype=np.int64) * 7 % 20_000
    values = np.linspace(0.1, 1, 100_000, dtype=np.float32)
    rows = SparseMatrix(np.arange(0, 100_001, 100), indices, values, 20_000)
    table = replace(answer(LEFT), numbers=np.empty((1000, 0), np.float32), sparse=rows)
    body = codecs.encode_table(codecs.find_encoder(RECORDIO, "")[0], table)
    assert len(body) < 1_000_000
    np.testing.assert_array_equal(read(body, 20_000)[999, indices[-100:]], values[-100:])


def test_a_format_that_has_no_sparse_rows_gets_whole_ones_label_first() -> None:
    table = answer(RIGHT, label=np.array([1.0, 0.0, 1.0]))
    text = codecs.encode_table(codecs.find_encoder("text/csv", "")[0], table)
    assert text == b"1.0,5,\n0.0,6,7\n1.0,,\n"
    huge = replace(table, sparse=replace(table.sparse, shape=1 << 26))
    with pytest.raises(PayloadTooLarge, match="3 rows of 67,108,864 columns are too many"):
        codecs.encode_table(codecs.find_encoder("application/x-npy", "")[0], huge)


class Featurizer:
    """Answers every request with the same sparse rows."""

    features = ("a", "b")
    schema = MatrixSchema(1)
    sparse = True

    def predict(self, _: Table) -> Table:
        return answer(RIGHT)

    def example(self) -> Table:
        return Table(np.zeros((1, 1)))


def served(environment: Mapping[str, str]) -> tuple[str, bytes]:
    service = ModelService(Featurizer(), settings.read(environment))
    found = service.invoke("text/csv", None, b"1\n")
    return found.content_type, found.body


def test_between_containers_sparse_rows_travel_as_such_and_vouch_for_their_names() -> None:
    content_type, body = served({"SAGEMAKER_SAFE_PORT_RANGE": "9000-9010"})
    assert content_type.startswith(f"{RECORDIO}; columns=")
    np.testing.assert_array_equal(read(body, 2), RIGHT)
    assert served({}) == ("text/csv", b"5,\n6,7\n,\n")
