"""Compressed streams give the bytes that were compressed, or say that they are damaged."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.errors import BadData
from tandem.io import streams

MEMBERS = st.lists(st.binary(max_size=300), min_size=1, max_size=3)


def read_compressed(compressed: bytes, sizes: list[int]) -> bytes:
    """Read all, some sizes of bytes first."""
    stream = streams.decompress(io.BufferedReader(io.BytesIO(compressed)), "a.gz")
    return b"".join([*(stream.read(size) for size in sizes), stream.read()])


@given(MEMBERS, st.lists(st.integers(0, 100), max_size=4), st.integers(0, 5))
def test_all_members_are_read(members: list[bytes], sizes: list[int], zeros: int) -> None:
    packed = b"".join(gzip.compress(each) + bytes(zeros) for each in members)
    assert read_compressed(packed, sizes) == b"".join(members)


def test_what_is_larger_than_a_run_is_read() -> None:
    data = bytes(50_000_000)
    assert read_compressed(gzip.compress(data), [1 << 20, 1]) == data


@given(MEMBERS, st.data())
def test_a_file_that_is_cut_off_is_refused(members: list[bytes], data: st.DataObject) -> None:
    packed = gzip.compress(b"".join(members))
    end = data.draw(st.integers(2, len(packed) - 1))
    with pytest.raises(BadData, match=r"a\.gz: the gzip data are damaged or cut off"):
        read_compressed(packed[:end], [])


@pytest.mark.parametrize("after", [b"x", b"\x1f\x8b", b"\0\0x"])
def test_what_is_no_member_is_refused(after: bytes) -> None:
    with pytest.raises(BadData, match="damaged or cut off"):
        read_compressed(gzip.compress(b"1,2\n") + after, [])


def test_a_wrong_sum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"1,2\n"))
    packed[-8] ^= 1
    with pytest.raises(BadData, match="damaged or cut off"):
        read_compressed(bytes(packed), [])
