"""Features of texts by their MurmurHash3, 32 bits, seed 0, as scikit-learn's hashers have them.

The hash is public domain (Austin Appleby) and the same on every machine. mmh3 computes it in C:
scikit-learn, which has it too, is not imported where a plan serves.
"""

from __future__ import annotations

from functools import lru_cache

import mmh3

murmur3 = mmh3.hash
"""Return the hash of the bytes as a signed 32-bit number."""


@lru_cache(maxsize=1 << 14)
def hash_to_feature(text: str, features: int) -> tuple[int, float]:
    """Return the index of the feature a text hashes to, from 0, and its sign: 1.0 or -1.0."""
    hashed = murmur3(text.encode("utf-8", "surrogatepass"))
    return abs(hashed) % features, 1.0 if hashed >= 0 else -1.0
