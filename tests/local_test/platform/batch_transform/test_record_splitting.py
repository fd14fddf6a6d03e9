"""Lines into requests, answers into lines."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_test.errors import UserError
from local_test.platform.batch_transform.record_splitting import (
    Batch,
    end_with_newline,
    find_miscount,
    group_records,
)


def cut(text: bytes, limit: int, *, single: bool = False) -> list[Batch]:
    return list(group_records(io.BytesIO(text), limit, single=single))


def test_lines_are_packed_up_to_the_limit_and_keep_their_bytes() -> None:
    assert cut(b"1,2\n3,4\r\n5,6", 9) == [
        Batch(b"1,2\n3,4\r\n", 1, 2),
        Batch(b"5,6", 3, 1),
    ]


def test_single_records_go_one_by_one() -> None:
    assert [batch.location for batch in cut(b"a\nb\nc\n", 100, single=True)] == [
        "line 1",
        "line 2",
        "line 3",
    ]


def test_blank_lines_at_the_end_are_no_records() -> None:
    assert cut(b"a\n\nb\n\n  \n", 100) == [Batch(b"a\n\nb\n", 1, 3)]
    assert cut(b"\n\n", 100) == []


def pack_line_by_line(text: bytes, limit: int) -> list[Batch]:
    """Return the batches of lines that all fit."""
    lines = list(io.BytesIO(text))
    while lines and not lines[-1].strip():
        lines.pop()
    batches: list[Batch] = []
    for number, line in enumerate(lines, start=1):
        last = batches[-1] if batches else None
        if last is None or len(last.body) + len(line) > limit:
            batches.append(Batch(line, number, 1))
        else:
            batches[-1] = Batch(last.body + line, last.line, last.count + 1)
    return batches


@given(st.binary().map(lambda drawn: bytes(b"ab\n\n\r "[byte % 6] for byte in drawn)), st.data())
@settings(max_examples=300)
def test_blocks_give_the_batches_of_single_lines(text: bytes, data: st.DataObject) -> None:
    limit = max(map(len, io.BytesIO(text)), default=1)
    limit += data.draw(st.integers(0, 9))
    assert cut(text, limit) == pack_line_by_line(text, limit)


def test_a_line_over_the_limit_is_named() -> None:
    with pytest.raises(UserError, match="line 2 has 6 bytes; one request takes 4"):
        cut(b"1\n12345\n", 4)


@pytest.mark.parametrize("answer", [b"a", b"a\n", b"a\n\n"])
def test_an_answer_ends_with_one_newline(answer: bytes) -> None:
    assert end_with_newline(answer) == b"a\n"


@pytest.mark.parametrize(
    ("answer", "content_type", "doubt"),
    [
        (b"x\ny", "text/csv; charset=utf-8", ""),
        (b'{"predictions": [1, 2]}', "application/json", ""),
        (b"x\n", "Text/CSV", "1 lines came back for the 2 records of lines 5 to 6"),
        (b"", None, "0 lines came back for the 2 records of lines 5 to 6"),
    ],
)
def test_an_answer_with_another_number_of_lines_is_doubted(
    answer: bytes, content_type: str | None, doubt: str
) -> None:
    assert find_miscount(answer, content_type, Batch(b"1\n2\n", 5, 2)) == doubt
