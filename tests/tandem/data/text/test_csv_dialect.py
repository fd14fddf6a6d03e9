"""CSV in other dialects: read exactly as the plain one where declared, and named where not."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booster.data.channel_reader import read_channel as read_examples
from preprocessor.data.channel_records import read_channel as read_raw
from preprocessor.fit.out_of_core.channel_chunks import read_chunks
from tandem import codecs
from tandem.codecs import content_negotiation
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.text import csv_dialect
from tandem.errors import BadData, NotAcceptable, UnsupportedContentType

WORDS = st.text("ab ,;|\t\"'\n.é1-", max_size=6)
FLOATS = st.floats(allow_infinity=False)
NUMBERS = st.lists(st.tuples(FLOATS, FLOATS, st.integers(-9, 9)), min_size=1, max_size=6)
TEXTS = st.lists(st.tuples(WORDS, FLOATS, WORDS), min_size=1, max_size=6)
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
CHARSETS = st.sampled_from(["utf-8", "latin-1", "windows-1252", "utf-16", "utf-8-sig", "utf-16-le"])


def declared(delimiter: str, decimal: str, charset: str) -> str:
    marks = {"\t": "tab"}
    return (
        f"text/csv; delimiter={marks.get(delimiter, delimiter)}; decimal={decimal};"
        f" charset={charset}"
    )


def written(frame: pd.DataFrame, delimiter: str, decimal: str, charset: str) -> bytes:
    text = frame.to_csv(None, sep=delimiter, decimal=decimal, index=False)
    return text.encode(charset)


def bits(values: FloatArray) -> list[list[int]]:
    return np.where(np.isnan(values), np.nan, values).view(np.uint64).tolist()  # type: ignore[no-any-return]


@given(NUMBERS, DELIMITERS, st.sampled_from(".,"), CHARSETS)
@settings(max_examples=60)
def test_numbers_have_the_bits_of_plain_csv(
    rows: list[tuple[float, float, int]], delimiter: str, decimal: str, charset: str
) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    body = written(frame, delimiter, decimal, charset)
    codec, parameters = codecs.find_decoder(declared(delimiter, decimal, charset))
    plain = codec.open_body(frame.to_csv(index=False).encode(), {}).read_matrix()
    source = codec.open_body(body, parameters)
    assert bits(source.read_matrix()) == bits(plain)
    assert source.names == ("a", "b", "c")
    assert isinstance(codec, codecs.SplittableCodec)
    (part,) = codec.read_parts(io.BytesIO(body), parameters, "f")
    assert bits(part.source.read_matrix()) == bits(plain)
    assert part.lines_above == 1


@given(TEXTS, DELIMITERS, st.sampled_from(".,"), CHARSETS)
@settings(max_examples=100)
def test_texts_and_numbers_are_the_cells_of_plain_csv(
    rows: list[tuple[str, float, str]], delimiter: str, decimal: str, charset: str
) -> None:
    # Numbers are texts too here: a cell that is one is written as the dialect writes numbers.
    texts = [(f"x{one}", number, f"x{two}") for one, number, two in rows]
    frame = pd.DataFrame(texts, columns=["a", "b", "c"])
    body = written(frame, delimiter, decimal, charset)
    codec, parameters = codecs.find_decoder(declared(delimiter, decimal, charset))
    plain = codec.open_body(frame.to_csv(index=False).encode(), {}).read_records()
    assert codec.open_body(body, parameters).read_records() == plain


GERMAN = "größe;preis;art\n1,5;10;Straße\n2,25;-3,5e-2;\n;7;x\n"
PLAIN = "größe,preis,art\n1.5,10,Straße\n2.25,-3.5e-2,\n,7,x\n"


@pytest.mark.parametrize("text", [GERMAN, f"sep=;\n{GERMAN}", GERMAN.replace("\n", "\r\n")])
@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-8"])
def test_a_training_channel_in_a_dialect_is_the_plain_one(
    text: str, charset: str, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_bytes(text.encode(charset))
    content_type = f"text/csv; delimiter=semicolon; decimal=comma; charset={charset}"
    channel = Channel("train", tmp_path, content_type)
    rows = [line.split(",") for line in PLAIN.splitlines()]
    raw = read_raw(channel)
    assert [list(raw.names), *map(list, raw.files[0].rows)] == rows
    (part,) = read_chunks(channel)
    assert part == raw.files[0]
    first = 3 if text.startswith("sep") else 2
    assert str(raw.locate(0, "preis")) == f"train/data.csv, row {first}, column 'preis'"
    schema = RecordSchema((Field("preis", "number"), Field("art", "text")), raw.names)
    codec, parameters = codecs.find_decoder(content_type)
    table = schema.read(codec.open_body(text.encode(charset), parameters))
    assert table.numbers[:, 0].tolist() == [10, -0.035, 7]
    assert table.texts[:, 0].tolist() == ["Straße", None, "x"]


def test_many_parts_of_a_file_in_a_dialect_are_the_plain_ones(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(60_000, 4)).round(6)
    frame = pd.DataFrame(values, columns=["y", "ä", "b", "c"])
    (tmp_path / "data.csv").write_bytes(written(frame, ";", ",", "utf-16"))
    found = read_examples(Channel("train", tmp_path, declared(";", ",", "utf-16")), weights=False)
    assert found.names == ("ä", "b", "c")
    assert np.array_equal(found.read_all(), values[:, 1:].astype(np.float32))
    lines = written(frame, ";", ",", "utf-8").decode().split("\n")
    lines[50_001] = "1,5;2;x;3"
    (tmp_path / "data.csv").write_bytes("\n".join(lines).encode("utf-16"))
    with pytest.raises(BadData, match=r"^train/data.csv, row 50002, column '3': a number is exp"):
        read_examples(Channel("train", tmp_path, declared(";", ",", "utf-16")), weights=False)


SEMICOLON = "Declare the content type 'text/csv; delimiter=semicolon'."
UNDECLARED = {
    "semicolons": ("y;a;b\n1;2;3\n0;5;6\n", "utf-8", SEMICOLON),
    "tabs": ("y\ta\tb\n1\t2\t3\n", "utf-8", "Declare the content type 'text/csv; delimiter=tab'."),
    "spaces": (
        "y a b\n1 2.5 3\n0 1 6\n",
        "utf-8",
        "Declare the content type 'text/csv; delimiter=space'.",
    ),
    "pipes": ("y|a|b\n1|2|3\n", "utf-8", "Declare the content type 'text/csv; delimiter=pipe'."),
    "commas": (
        "y;a;b\n1;2,5;3\n0;1,25;1\n",
        "utf-8",
        "Declare the content type 'text/csv; delimiter=semicolon; decimal=comma'.",
    ),
    "quoted": ('y,a\n1,"2,5"\n', "utf-8", "Declare the content type 'text/csv; decimal=comma'."),
    "sep": (
        "sep=;\ny;a;b\n1;2,5;3\n",
        "utf-8",
        "Declare the content type 'text/csv; delimiter=semicolon; decimal=comma'.",
    ),
    "latin-1": (
        "y,größe\n1,2\n",
        "latin-1",
        "Declare the content type 'text/csv; charset=latin-1' or windows-1252, or save it as"
        " UTF-8.",
    ),
    "UTF-16": (
        "y,a\n1,2\n",
        "utf-16",
        "Declare the content type 'text/csv; charset=utf-16', or save it as UTF-8.",
    ),
}


@pytest.mark.parametrize("name", UNDECLARED)
def test_a_dialect_that_nobody_declared_is_named_with_what_reads_it(
    name: str, tmp_path: Path
) -> None:
    text, charset, remedy = UNDECLARED[name]
    body = text.encode(charset)
    (tmp_path / "data.csv").write_bytes(body)
    channel = Channel("train", tmp_path)
    codec, _ = codecs.find_decoder("text/csv")
    matrix, records = MatrixSchema(2), RecordSchema((Field("a", "number"),), ("y", "a", "b"))
    parameters: Mapping[str, str] = {}
    readings: list[Callable[[], object]] = [
        lambda: read_examples(channel, weights=False),
        lambda: matrix.read(codec.open_body(body, {})),
    ]
    if name != "quoted":  # a text with a comma is a text
        readings += [
            lambda: read_raw(channel),
            lambda: list(read_chunks(channel)),
            lambda: records.read(codec.open_body(body, {})),
        ]
    for reading in readings:
        with pytest.raises(BadData) as caught:
            reading()
        assert str(caught.value).endswith(remedy)
        parameters = content_negotiation.parse(remedy.split("'")[1])[1]
    source = codec.open_body(body, parameters)
    assert len(source.read_records().rows) == len(text.replace("sep=;\n", "").splitlines())


def test_a_column_of_texts_is_no_dialect(tmp_path: Path) -> None:
    for text in ("full name\nAda Lovelace\nAlan Turing\n", "likes;dislikes\nsun\nsea; sand\n"):
        (tmp_path / "data.csv").write_text(text)
        assert len(read_raw(Channel("train", tmp_path)).files[0].rows) == 2


def test_utf_16_without_a_byte_order_mark_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes("y,a\n1,2\n".encode("utf-16-le"))
    channel = Channel("train", tmp_path)
    with pytest.raises(BadData, match=r"is not UTF-8 text. Declare the content .*utf-16"):
        read_raw(channel)
    with pytest.raises(BadData, match=r"is not UTF-8 text. Declare the content .*utf-16"):
        read_examples(channel, weights=False)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("text/csv; delimiter=;", ";"),
        ("text/csv; delimiter=;; decimal=,", ";"),
        ('text/csv; delimiter=";"; header=present', ";"),
        ("text/csv;delimiter=';'", ";"),
        ("text/csv; delimiter=|", "|"),
        ("text/csv; delimiter=\\t", "\t"),
        ('text/csv; delimiter="\\t"', "\t"),
        ('text/csv; delimiter="\t"', "\t"),
        ("text/csv; delimiter=TAB; decimal=comma", "\t"),
        ("text/csv; header=present", ","),
    ],
)
def test_a_delimiter_is_a_word_or_a_mark(text: str, delimiter: str) -> None:
    found = csv_dialect.parse_dialect(content_negotiation.parse(text)[1])
    assert (found.delimiter, found.decimal) == (delimiter, "," if "decimal" in text else ".")


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        ("delimiter=x", "delimiter='x' is not read here. Write delimiter=comma, delimiter=semi"),
        ("decimal=;", "decimal=';' is not read here. Write decimal=point or decimal=comma."),
        ("charset=klingon", "charset='klingon' is not read here. Write charset=utf-8, latin-1,"),
        ("charset=base64", "charset='base64' is not read here."),
        ("sep=;", "text/csv has no parameter 'sep'. Write delimiter= instead."),
        ("encoding=latin-1", "text/csv has no parameter 'encoding'. Write charset= instead."),
        ("header=presnt", "header='presnt' is not read here. Write header=present or header=ab"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(parameter: str, sentence: str) -> None:
    codec, parameters = codecs.find_decoder(f"text/csv; {parameter}")
    with pytest.raises(UnsupportedContentType) as caught:
        codec.open_body(b"1,2\n", parameters)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("text", ["1;2,5\n3;4.5\n", '1;2,5\n"3";4.5\n'])
def test_a_point_among_decimal_commas_is_refused_as_it_may_divide_thousands(text: str) -> None:
    codec, parameters = codecs.find_decoder("text/csv; delimiter=semicolon; decimal=comma")
    with pytest.raises(BadData, match=r"^row 2: a number has a decimal point, and the content"):
        codec.open_body(text.encode(), parameters).read_matrix()
    dates = codec.open_body(b"day;a\n24.12.2020;1,5\n", parameters).read_records()
    assert dates.rows[1] == ["24.12.2020", "1.5"]


def test_a_comma_that_divides_columns_is_decimal_in_quotes_alone() -> None:
    codec, parameters = codecs.find_decoder("text/csv; decimal=comma")
    assert codec.open_body(b"1,5\n2,3\n", parameters).read_matrix().tolist() == [[1, 5], [2, 3]]
    assert codec.open_body(b'1,"5,5"\n2,3\n', parameters).read_matrix().tolist() == [
        [1, 5.5],
        [2, 3],
    ]


def test_a_sep_line_that_contradicts_the_content_type_is_refused() -> None:
    codec, parameters = codecs.find_decoder("text/csv; delimiter=tab")
    with pytest.raises(BadData, match="the line 'sep=;' names another delimiter than"):
        codec.open_body(b"sep=;\na;b\n1;2\n", parameters)


def test_an_answer_in_a_dialect_is_refused_and_not_written_plain() -> None:
    with pytest.raises(NotAcceptable, match="CSV is written with commas and decimal points"):
        codecs.find_encoder("text/csv; delimiter=semicolon", "text/csv")
    assert codecs.find_encoder("text/csv; charset=latin-1", "text/csv")[1] == "text/csv"
