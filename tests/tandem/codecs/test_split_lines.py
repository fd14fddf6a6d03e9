"""A text is split into runs at ends of lines that are in no quotation marks, and loses nothing."""

from __future__ import annotations

import io
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tandem.codecs._file_parts import split_lines

TEXTS = st.text(st.sampled_from('a"\n'), max_size=200).map(str.encode)


@given(TEXTS, st.integers(1, 30), st.booleans())
def test_runs_are_whole_lines(text: bytes, size: int, quoted: bool) -> None:
    runs = list(split_lines(io.BytesIO(text), quoted=quoted, size=size))
    assert b"".join(run for _, run in runs) == text
    lines = 0
    for before, run in runs[:-1]:
        assert before == lines
        assert run.endswith(b"\n")
        assert not quoted or run.count(b'"') % 2 == 0
        lines += run.count(b"\n")
    assert runs[-1][0] == lines


@given(st.integers(1, 50), st.integers(1, 400))
def test_a_run_is_bounded(size: int, lines: int) -> None:
    runs = [run for _, run in split_lines(io.BytesIO(b"a,b\n" * lines), size=size)]
    assert max(map(len, runs)) <= 3 * max(size, 4)
    assert len(runs[-1]) >= min(size - 3, 4 * lines)


@given(TEXTS, st.integers(1, 30))
def test_a_cell_is_in_one_run(text: bytes, size: int) -> None:
    closed = text + b'"' * (text.count(b'"') % 2) + b"\n"
    runs = [run for _, run in split_lines(io.BytesIO(closed), quoted=True, size=size)]
    cells = re.findall(rb'"[^"]*"', closed)
    assert [cell for run in runs for cell in re.findall(rb'"[^"]*"', run)] == cells


def test_lines_of_a_large_run_are_counted() -> None:
    line = b'1,"2\n3"\n' + b"4," * 40 + b"5\n"
    runs = list(split_lines(io.BytesIO(line * 2000), quoted=True, size=1 << 15))
    assert len(runs) > 3
    for (before, run), (after, _) in pairwise(runs):
        assert after == before + run.count(b"\n")
