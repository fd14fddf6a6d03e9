"""LIBSVM's lines as the page of C reads them are those that Python reads; the rest it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.codecs.libsvm import LibsvmSource
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.text import sparse_lines
from tandem.data.text.sparse_lines import read_sparse_lines
from tandem.errors import TandemError

pytestmark = pytest.mark.skipif(
    read_sparse_lines(b"1 0:1", labelled=True) is None, reason="made without a C compiler"
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.sampled_from(
    ["+1", "-1", "0", "-0", "1e400", "nan", "inf", "01", "1.", ".5", "+-1", "0x10", "", "1_0"]
)
INDICES = st.integers(0, 10**19).map(str) | st.sampled_from(["", "-1", "+1", "a", "qid"])
PAIRS = st.tuples(INDICES, NUMBERS).map(":".join)
WORDS = st.lists(PAIRS | NUMBERS | st.sampled_from(["qid:3", "#", ":", "1:2:3"]), max_size=4)
LINES = st.builds(
    lambda label, words, blank, end: blank.join([label, *words]) + end,
    NUMBERS | PAIRS,
    WORDS,
    st.sampled_from([" ", "  ", "\t"]),
    st.sampled_from(["", " ", "\r", "\t\r"]),
)
TEXTS = st.lists(LINES | st.just(""), min_size=1, max_size=4).map("\n".join)


def describe(read: Callable[[], Any]) -> object:
    """What a reading gives, to the bit, or the error it raises."""
    try:
        rows = read()
    except TandemError as error:
        return str(error)
    if isinstance(rows, np.ndarray):
        return rows.shape, rows.tobytes()
    assert isinstance(rows.features, SparseMatrix)
    parts = (rows.features.starts, rows.features.indices, rows.features.values)
    columns = (rows.label, rows.weight, rows.group)
    return [None if part is None else part.tobytes() for part in (*parts, *columns)]


@given(TEXTS | st.sampled_from(["1:2 qid:1 3:4\n1:2 qid:1 3:4", "1 1:2\n", "1 1:2\n\n", "1\n2"]))
def test_what_c_reads_is_what_python_reads(text: str) -> None:
    source = LibsvmSource(text.encode())
    reads: list[Callable[[], Any]] = [source.read_labelled_rows, lambda: source.read_matrix(12)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_lines, "read_sparse_lines", lambda *_, **__: None)
        slow = LibsvmSource(text.encode())
        expected = [describe(slow.read_labelled_rows), describe(lambda: slow.read_matrix(12))]
    assert [describe(read) for read in reads] == expected


def test_plain_lines_are_read_by_c() -> None:
    rows = read_sparse_lines(b"+1:0.5 qid:7 0:1e3 12:-0\r\n0:2\tqid:8  3:.25", labelled=True)
    assert rows is None  # ".25" is no number of JSON
    rows = read_sparse_lines(b"+1:0.5 qid:7 0:1e3 12:-0\r\n0:2\tqid:8  3:0.25 ", labelled=True)
    assert rows is not None
    assert rows.starts.tolist() == [0, 2, 3]
    assert rows.indices.tolist() == [0, 12, 3]
    assert str(rows.values.tolist()) == "[1000.0, -0.0, 0.25]"
    found = [rows.labels, rows.weights, rows.queries]
    assert [None if column is None else column.tolist() for column in found] == [
        [1, 0],
        [0.5, 2],
        [7, 8],
    ]


@pytest.mark.parametrize(
    "text",
    [b"", b"1 0:1\n", b"1 0:1\n\n1 0:2", b"1 0:1 # no", b"1 0:1\n1:2 0:1", b"1 0:1:2", b"1 0 1"],
)
def test_anything_else_is_left_to_python(text: bytes) -> None:
    assert read_sparse_lines(text, labelled=True) is None
