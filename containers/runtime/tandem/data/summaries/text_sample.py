"""A bottom-k sample of distinct texts: those with the smallest hashes are kept.

Which texts are kept depends on the texts alone, and a text that is kept was kept from its first
occurrence on: its count is exact, however the rows were split.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

KEPT = 2048
_SPACE = 1 << 32
HashKey = tuple[int, bytes]


class TextSample:
    """At most `KEPT` distinct texts with their exact counts."""

    def __init__(self) -> None:
        self._kept: dict[HashKey, tuple[str, int]] = {}
        self._limit = _SPACE

    @property
    def counts(self) -> dict[str, int]:
        """The texts that are kept and their counts, in the order of their hashes."""
        return dict(self._kept[key] for key in sorted(self._kept))

    @property
    def distinct(self) -> int:
        """The estimated number of distinct texts (standard error 2.2 %)."""
        if len(self._kept) < KEPT:
            return len(self._kept)
        return round((KEPT - 1) * _SPACE / (max(self._kept)[0] + 1))

    def add(self, counts: Mapping[str, int]) -> None:
        """Count texts."""
        texts = list(counts)
        hashes = _hash_texts(texts)
        limit = self._limit
        if len(texts) > KEPT:
            limit = min(limit, int(np.partition(hashes, KEPT - 1)[KEPT - 1]))
        for index in np.flatnonzero(hashes <= limit):
            text = texts[index]
            self._count(int(hashes[index]), text, counts[text])
        self._trim()

    def merge(self, other: TextSample) -> None:
        """Add the texts of another sample."""
        self._limit = min(self._limit, other._limit)
        for (short, _), (text, count) in other._kept.items():
            self._count(short, text, count)
        self._trim()

    def _count(self, short: int, text: str, count: int) -> None:
        body = text.encode("utf-8", "surrogatepass")
        key = (short, blake2b(body, digest_size=16).digest())
        self._kept[key] = (text, self._kept.get(key, (text, 0))[1] + count)

    def _trim(self) -> None:
        if len(self._kept) > KEPT:
            least = sorted(self._kept)[:KEPT]
            self._kept = {key: self._kept[key] for key in least}
        if len(self._kept) == KEPT:
            self._limit = min(self._limit, max(self._kept)[0])


def _hash_texts(texts: list[str]) -> NDArray[np.int64]:
    """Return a hash below 2**32 of each text as int64 (CRC-32 and MurmurHash3's finalizer)."""
    sums = [zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts]
    mixed = np.array(sums, dtype=np.uint64)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint64(shift)
        mixed = (mixed * np.uint64(factor)) & np.uint64(_SPACE - 1)
    mixed ^= mixed >> np.uint64(16)
    return mixed.astype(np.int64)
