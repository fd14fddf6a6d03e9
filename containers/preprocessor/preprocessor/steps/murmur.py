"""MurmurHash3 of 32 bits (Austin Appleby, public domain), seed 0: scikit-learn's hash of terms."""

from __future__ import annotations

from functools import lru_cache

_MASK = 0xFFFFFFFF
_FIRST, _SECOND = 0xCC9E2D51, 0x1B873593
_REMEMBERED = 1 << 16


@lru_cache(_REMEMBERED)
def murmur(term: str) -> int:
    """Give a term's hash as a signed number of 32 bits."""
    # Half of a surrogate pair has no UTF-8; a request with one is no reason to fail.
    data = term.encode("utf-8", "surrogatepass")
    state = 0
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(data[start : start + 4], "little"))
        state = (_turned(state, 13) * 5 + 0xE6546B64) & _MASK
    state ^= _mixed(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        state = (state ^ state >> shift) * factor & _MASK
    return state - (1 << 32) if state >> 31 else state


def _mixed(block: int) -> int:
    return _turned(block * _FIRST & _MASK, 15) * _SECOND & _MASK


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK
