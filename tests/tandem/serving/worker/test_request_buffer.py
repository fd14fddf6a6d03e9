"""Requests come out of a connection whole, however they came in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from hypothesis import given
from hypothesis import strategies as st

from tandem.serving import request_head
from tandem.serving.worker.chunked_body import ChunkedBody
from tandem.serving.worker.request_buffer import HttpRequest, RequestBuffer
from tests.tandem.serving.worker.asking import HEADERS, build_chunked_request, build_request

LIMIT = 1000
STREAM = b"".join(
    [
        build_request(b"1,2"),
        build_chunked_request(b"3,", b"4\n5,6", end=b"0;last\r\nTrailer: x\r\n\r\n"),
        build_request(line="GET /ping HTTP/1.1", length=-1),
        build_chunked_request(),
        build_request(b"7", ["Host: x", "Expect: 100-continue"]),
        build_request(b"x" * LIMIT),
    ]
)
BODIES = [b"1,2", b"3,4\n5,6", b"", b"", b"7", b"x" * LIMIT]


def inbox() -> RequestBuffer:
    return RequestBuffer(("127.0.0.1", 1), Config(), LIMIT)


def all_of(box: RequestBuffer) -> list[HttpRequest]:
    found = []
    while whole := box.next_request():
        found.append(whole)
    return found


@given(st.lists(st.integers(1, len(STREAM)), max_size=40))
def test_where_the_bytes_are_divided_changes_nothing(cuts: list[int]) -> None:
    box, found = inbox(), []
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(places):
        box.feed(STREAM[start:end])
        found += all_of(box)
    assert [whole.body for whole in found] == BODIES
    assert [whole.parsed is None for whole in found] == [True, False, False, False, False, True]
    assert [whole.parsed.request.method for whole in found if whole.parsed] == [
        *("POST", "GET", "POST", "POST")
    ]
    assert box.empty


def test_a_byte_at_a_time() -> None:
    box, found = inbox(), []
    for byte in STREAM:
        box.feed(bytes([byte]))
        found += all_of(box)
    assert [whole.body for whole in found] == BODIES


@pytest.mark.parametrize(
    "over", [build_request(b"x" * (LIMIT + 2)), build_chunked_request(b"x" * 600, b"x" * 600)]
)
def test_a_body_over_the_limit_is_refused_before_it_is_there(over: bytes) -> None:
    box = inbox()
    box.feed(over[:-5])
    (whole,) = all_of(box)
    assert whole.too_large
    assert len(whole.body) in {0, 600}


def test_one_byte_over_the_limit_is_for_flask_to_refuse() -> None:
    box = inbox()
    box.feed(build_request(b"x" * (LIMIT + 1)))
    (whole,) = all_of(box)
    assert (whole.too_large, len(whole.body)) == (False, LIMIT + 1)


def test_who_expects_to_be_told_is_told_once() -> None:
    box = inbox()
    box.feed(build_request(headers=["Host: x", "Expect: 100-continue"], length=3))
    assert box.next_request() is None
    assert [box.take_expectation(), box.take_expectation()] == [True, False]
    box.feed(b"1,2")
    assert [whole.body for whole in all_of(box)] == [b"1,2"]


MALFORMED = {
    "no HTTP": b"hello\r\n\r\n",
    "no line end": b"GET / HTTP/1.1\nHost: x\n\n",
    "the start of TLS": b"\x16\x03\x01\x02",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no lines": b"\r\n\r\n",
    "a header without a colon": build_request(headers=["Host: x", "nonsense"]),
    "a header with a space": build_request(headers=["Host: x", "Content Type: x"]),
    "a folded header": build_request(headers=["Host: x", "A: b", " c"]),
    "a null": build_request(headers=["Host: x", "A: \x00"]),
    "a length below zero": build_request(headers=["Host: x", "Content-Length: -1"], length=-1),
    "a length of a word": build_request(headers=["Host: x", "Content-Length: three"], length=-1),
    "a length with a sign": build_request(headers=["Host: x", "Content-Length: +3"], length=-1),
    "two lengths": build_request(b"123", ["Host: x", "Content-Length: 4"]),
    "two content types": build_request(b"1,2", [*HEADERS, "Content-Type: text/csv"]),
    "a length and chunks": build_request(b"0\r\n\r\n", ["Host: x", "Transfer-Encoding: chunked"]),
    "chunks twice": build_request(
        headers=["Host: x", "Transfer-Encoding: chunked, chunked"], length=-1
    ),
    "chunks of a packed body": build_request(
        headers=["Host: x", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], length=-1
    ),
    "no host": build_request(b"1,2", ["Content-Type: text/csv"]),
    "an unknown coding": build_request(headers=["Host: x", "Transfer-Encoding: zip"], length=-1),
    "a size of a word": build_chunked_request(end=b"word\r\n"),
    "a size without digits": build_chunked_request(end=b";x\r\n"),
    "a size below zero": build_chunked_request(end=b"-1\r\n"),
    "a size with an underscore": build_chunked_request(end=b"1_0\r\n"),
    "a chunk that does not end": build_chunked_request(end=b"1\r\nxx\r\n"),
    "a bare line end in a size": build_chunked_request(end=b"1\nx\r\n"),
    "a size line that does not end": build_chunked_request(end=b"1;" + b"x" * 9000),
    "trailers that do not end": build_chunked_request(end=b"0\r\n" + b"A: b\r\n" * 2000),
    "a head that does not end": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12000,
    "an endless line": b"G" * 70_000,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_is_refused_at_once(case: str) -> None:
    box = inbox()
    with pytest.raises(ParseException):  # noqa: PT012 - either may see it first
        box.feed(MALFORMED[case])
        box.next_request()


@given(st.lists(st.binary(max_size=50)))
def test_chunks_are_put_together_again(pieces: list[bytes]) -> None:
    chunks = ChunkedBody(None)
    chunks.feed(b"".join(b"%X ;n=v\r\n%s\r\n" % (len(p), p) for p in pieces if p))
    chunks.feed(b"0\r\n\r\nnext")
    assert chunks.done
    assert (b"".join(chunks.pieces), chunks.rest) == (b"".join(pieces), b"next")


@given(st.binary(max_size=200))
def test_no_bytes_break_it_otherwise(data: bytes) -> None:
    for start in (b"", b"POST /invocations HTTP/1.1\r\n", build_chunked_request(end=b"")):
        box = inbox()
        try:
            box.feed(start + data + b"\r\n\r\n")
            all_of(box)
        except ParseException:
            continue


def test_a_plain_head_is_read_as_gunicorn_reads_it() -> None:
    head = build_request(
        headers=["HOST:x", "X-Amzn-SageMaker-Custom-Attributes: \tcaf\xe9 "], length=12
    )
    assert request_head.parse_head(head) == ("/invocations", 12, None, None, "caf\xe9")
