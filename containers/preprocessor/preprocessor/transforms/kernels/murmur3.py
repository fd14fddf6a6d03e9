"""MurmurHash3, 32 bits, seed 0, as scikit-learn's FeatureHasher has it.

The hash is public domain (Austin Appleby) and the same on every machine.
"""

from __future__ import annotations

from functools import lru_cache

_MASK = 0xFFFFFFFF
_SIGN = 0x80000000


def murmur3(data: bytes) -> int:
    """Return the hash of the bytes as a signed 32-bit number."""
    hashed, whole = 0, len(data) & ~3
    for start in range(0, whole, 4):
        hashed ^= _scramble(int.from_bytes(data[start : start + 4], "little"))
        hashed = ((hashed << 13 | hashed >> 19) & _MASK) * 5 + 0xE6546B64 & _MASK
    hashed ^= _scramble(int.from_bytes(data[whole:], "little")) ^ len(data)
    hashed = (hashed ^ hashed >> 16) * 0x85EBCA6B & _MASK
    hashed = (hashed ^ hashed >> 13) * 0xC2B2AE35 & _MASK
    hashed ^= hashed >> 16
    return hashed - (1 << 32) if hashed & _SIGN else hashed


@lru_cache(maxsize=1 << 14)
def hash_to_feature(text: str, features: int) -> tuple[int, float]:
    """Return the index of the feature a text hashes to, from 0, and its sign: 1.0 or -1.0."""
    hashed = murmur3(text.encode("utf-8", "surrogatepass"))
    return abs(hashed) % features, 1.0 if hashed >= 0 else -1.0


def _scramble(block: int) -> int:
    block = block * 0xCC9E2D51 & _MASK
    return (block << 15 | block >> 17) * 0x1B873593 & _MASK
