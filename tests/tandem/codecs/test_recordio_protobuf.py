"""Bytes written out by hand, after the wire format's rules and `aialgs.data.Record`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import codecs
from tandem.codecs import training_channel
from tandem.codecs._protobuf import write_varint
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, NotAcceptable, TandemError

NAN = np.nan
TYPE = "application/x-recordio-protobuf"


def framed(payload: str) -> bytes:
    body = bytes.fromhex(payload)
    padding = b"\0" * (-len(body) % 4)
    return bytes.fromhex("0a23d7ce") + len(body).to_bytes(4, "little") + body + padding


# features (1): entry { key (1) "values", value (2): Value { float32_tensor (2): values (1) } }
VALUES = "0a 06 76616c756573"
DENSE = f"0a 16 {VALUES} 12 0c 12 0a 0a 08 0000a03f 000000c0"  # [1.25, -2]
LABEL = f"12 12 {VALUES} 12 08 12 06 0a 04 0000803f"  # label (2): 1
FLOAT64 = f"0a 1e {VALUES} 12 14 1a 12 0a 10 000000000000f43f 00000000000000c0"
INT32 = f"0a 19 {VALUES} 12 0f 3a 0d 0a 0b 07 feffffffffffffffff01"  # [7, -2]
UNPACKED = f"0a 16 {VALUES} 12 0c 12 0a 0d 0000a03f 0d 000000c0"
# Beside the values, the keys (2) are 2 and 0, and the shape (3) is 300.
SPARSE = f"0a 1e {VALUES} 12 14 12 12 0a 08 0000a03f 000000c0 12 02 02 00 1a 02 ac 02"
NO_SHAPE = f"0a 1a {VALUES} 12 10 12 0e 0a 08 0000a03f 000000c0 12 02 02 00"
NOTHING = f"0a 0e {VALUES} 12 04 12 02 18 03"  # shape [3] and no value


def matrix(body: bytes, width: int) -> FloatArray:
    codec, parameters = codecs.find_decoder(TYPE)
    return MatrixSchema(width).read(codec.open_body(body, parameters)).numbers


@pytest.mark.parametrize("record", [DENSE, LABEL + DENSE, FLOAT64, UNPACKED])
def test_a_dense_record_is_read_from_every_tensor(record: str) -> None:
    assert np.array_equal(matrix(framed(record) * 2, 2), [[1.25, -2], [1.25, -2]])


@pytest.mark.parametrize("bits", ["0100807f", "ffffffff", "010080ff"])
def test_any_bits_of_a_number_that_is_none_are_missing_and_no_warning(bits: str) -> None:
    """NumPy warns of some of them, which pytest makes an error."""
    found = matrix(framed(DENSE.replace("000000c0", bits)), 2)
    assert np.array_equal(found, [[1.25, NAN]], equal_nan=True)


def test_whole_numbers_are_signed() -> None:
    assert np.array_equal(matrix(framed(INT32), 2), [[7, -2]])


def test_a_sparse_record_leaves_out_what_is_missing() -> None:
    row = np.full((1, 300), NAN)
    row[0, [2, 0]] = [1.25, -2]
    assert np.array_equal(matrix(framed(SPARSE), 300), row, equal_nan=True)
    assert np.array_equal(matrix(framed(NO_SHAPE), 3), row[:, :3], equal_nan=True)
    assert np.isnan(matrix(framed(NOTHING), 3)).all()


def test_a_payload_that_was_cut_at_the_magic_number_is_put_together() -> None:
    # 0xced7230a stands where the first float is: the frame is cut there and the magic left out.
    record = bytes.fromhex(f"0a 1a {VALUES} 12 10 12 0e 0a 0c 00000000 0a23d7ce 0000803f")
    at = record.index(bytes.fromhex("0a23d7ce"))
    first, last = record[:at], record[at + 4 :]
    body = b"".join(
        bytes.fromhex("0a23d7ce")
        + (flag << 29 | len(part)).to_bytes(4, "little")
        + part
        + b"\0" * (-len(part) % 4)
        for flag, part in ((1, first), (3, last))
    )
    magic = np.frombuffer(bytes.fromhex("0a23d7ce"), "<f4")[0]
    expected = [0, float(magic), 1]
    assert np.array_equal(matrix(body, 3), [expected])


def test_answers_stand_in_the_label_map_under_their_name() -> None:
    table = Table(np.array([[1.25]], dtype=np.float32))
    expected = framed("12 11 0a 05 73636f7265 12 08 12 06 0a 04 0000a03f")
    assert codecs.find_encoder(TYPE, TYPE)[0].encode(table) == expected


def test_features_and_label_stand_under_values() -> None:
    numbers = np.array([[1.25, -2]], dtype=np.float32)
    table = Table(numbers, label=np.array([1], dtype=np.float32), key=FEATURES)
    assert codecs.find_encoder(TYPE, TYPE)[0].encode(table) == framed(DENSE + LABEL)


def test_a_training_file_gives_features_and_labels(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(framed(NO_SHAPE + LABEL))
    (tmp_path / "b").write_bytes(framed(f"0a 14 {VALUES} 12 0a 12 08 0a 04 0000a03f 10 06" + LABEL))
    files = list(
        training_channel.read_labelled_rows(Channel("train", tmp_path, "recordio-protobuf"))
    )
    assert [file.width for file in files] == [3, 7]
    assert files[1].label.tolist() == [1]
    assert np.array_equal(files[1].to_dense(7), [[NAN] * 6 + [1.25]], equal_nan=True)
    (tmp_path / "b").write_bytes(framed(LABEL + DENSE) + framed(DENSE))
    with pytest.raises(BadData, match="train/b, row 2: the label is missing"):
        list(training_channel.read_labelled_rows(Channel("train", tmp_path, TYPE)))


def test_dense_records_are_cells_by_position() -> None:
    schema = RecordSchema((Field("a", "text"), Field("b", "number")), ("a", "b"))
    codec, parameters = codecs.find_decoder(TYPE)
    table = schema.read(codec.open_body(framed(INT32), parameters))
    assert (table.texts.tolist(), table.numbers.tolist()) == ([["7"]], [[-2.0]])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"1,2\n3,4\n", "row 1: is not RecordIO: the magic number is not there."),
        (framed(DENSE)[:-1], "row 1: the RecordIO frame is cut off."),
        (framed(DENSE) + b"\x0a", "row 2: the RecordIO frame is cut off."),
        (framed("ff" * 12), "row 1: the record is not a protobuf Record."),
        (framed(DENSE[:-2]), "row 1: the record is not a protobuf Record."),
        (framed(LABEL), "row 1: the record has no numbers under 'values'."),
        (framed(DENSE) + framed(NO_SHAPE), "row 1: the keys must give one column to each value."),
        (framed(SPARSE), "row 1, column '3': a row has 300 columns and the model has 2 features."),
        (framed(NO_SHAPE), "row 1: there is no column 2: 2 columns are expected"),
        (framed(SPARSE.replace("02 00", "02 02")), "row 1: the keys must give one column to each"),
        (framed(DENSE.replace("000000c0", "0000807f")), "row 1, column '2': the value is infinite"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        matrix(body, 2)
    assert str(caught.value).startswith(sentence)


def test_texts_cannot_be_written() -> None:
    table = Table(np.zeros((1, 0)), np.array([["a"]], dtype=object))
    with pytest.raises(NotAcceptable, match="texts cannot be written"):
        codecs.find_encoder(TYPE, TYPE)[0].encode(table)


@given(
    st.binary(max_size=40) | st.builds(bytes.__add__, st.just(bytes.fromhex(DENSE)), st.binary())
)
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    try:
        matrix(framed(payload.hex()), 2)
    except TandemError as error:
        assert error.status < 500  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(("value", "written"), [(0, "00"), (127, "7f"), (300, "ac02")])
def test_a_varint_has_seven_bits_a_byte(value: int, written: str) -> None:
    assert write_varint(value).hex() == written
