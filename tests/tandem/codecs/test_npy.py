from __future__ import annotations

import io

import numpy as np
import pytest

from tandem import codecs
from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData, NotAcceptable

NPY = "application/x-npy"


def saved(values: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, values, version)
    return out.getvalue()


def matrix(body: bytes, width: int = 2) -> FloatArray:
    codec, parameters = codecs.find_decoder(NPY)
    return MatrixSchema(width).read(codec.open_body(body, parameters)).numbers


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "<f2", "<i4", ">i8", "|u1", "<u2"])
def test_every_kind_of_number_is_read_in_either_byte_order(dtype: str) -> None:
    values = np.array([[1, 2], [3, 100]], dtype=dtype)
    assert matrix(saved(values)).tolist() == [[1.0, 2.0], [3.0, 100.0]]
    assert matrix(saved(np.asfortranarray(values))).tolist() == [[1.0, 2.0], [3.0, 100.0]]


def test_one_dimension_is_one_row_and_booleans_are_one_and_zero() -> None:
    assert matrix(saved(np.array([True, False]))).tolist() == [[1.0, 0.0]]
    for version in ((1, 0), (2, 0), (3, 0)):
        assert matrix(saved(np.array([1.5, 2.5]), version)).tolist() == [[1.5, 2.5]]


def test_an_object_array_is_refused_and_never_unpickled() -> None:
    class Burglar:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return pytest.fail, ("unpickled",)

    body = saved(np.array([[Burglar(), 1]], dtype=object))
    with pytest.raises(BadData, match="the array does not hold numbers") as caught:
        matrix(body)
    assert "unpickled" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is not an NPY array."),
        (b"\x93NUMPY", "the body is not an NPY array."),
        (b"\x93NUMPX\x01\x00\x00\x00", "the body is not an NPY array."),
        (b"\x93NUMPY\x09\x00\x00\x00", "the body is not an NPY array."),
        (b"\x93NUMPY\x01\x00\xff\x00{", "the body is not an NPY array."),
        (saved(np.zeros((2, 2)))[:-1], "the array's data do not have the length its shape says."),
        (saved(np.zeros((0, 2))), "there is no row."),
        (saved(np.zeros((1, 2, 2))), "the array must have rows and columns, or be one row."),
        (saved(np.array(1.0)), "the array must have rows and columns, or be one row."),
        (saved(np.array([["a", "b"]])), "the array does not hold numbers."),
        (saved(np.zeros((1, 2), dtype=complex)), "the array does not hold numbers."),
        (saved(np.zeros(2, dtype=[("a", "<f4")])), "the array does not hold numbers."),
        (saved(np.array([[1, 2], [3, np.inf]])), "row 2, column '2': the value is infinite."),
        (
            saved(np.zeros((1, 3))),
            "row 1, column '3': a row has 3 columns and the model has",
        ),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        matrix(body)
    assert str(caught.value).startswith(sentence)


def test_numbers_are_cells_by_position() -> None:
    schema = RecordSchema((Field("a", "text"), Field("b", "number")), ("a", "b"))
    codec, parameters = codecs.find_decoder(NPY)
    body = saved(np.array([[60, 0.1], [np.nan, -0.0]]))
    table = schema.read(codec.open_body(body, parameters))
    assert table.texts.tolist() == [["60"], [None]]
    assert [repr(value) for value in table.numbers[:, 0].tolist()] == ["0.1", "-0.0"]


def test_an_answer_has_rows_and_columns_and_keeps_its_precision() -> None:
    writer, _ = codecs.find_encoder(NPY, "text/csv")
    single = np.load(io.BytesIO(writer.encode(Table(np.array([[0.1], [2]], np.float32)))))
    assert (single.dtype, single.shape) == (np.dtype("<f4"), (2, 1))
    both = Table(np.array([[0.1]], np.float32), label=np.array([208500.25]))
    assert np.load(io.BytesIO(writer.encode(both))).tolist() == [
        [208500.25, float(np.float32(0.1))]
    ]
    with pytest.raises(NotAcceptable, match="texts cannot be written as NPY"):
        writer.encode(Table(np.zeros((1, 0)), np.array([["a"]], dtype=object)))
