"""Cleaning of texts before their terms are counted; all of it takes time linear in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array

ENGLISH = "english"
REMOVABLE: dict[str, Callable[[str], bool]] = {
    "emails": lambda word: "@" in word[1:-1],
    "urls": lambda word: "://" in word or word.lower().startswith("www."),
}
_WORD = re.compile(r"\w+")
_NON_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True)
class CleanReplay:
    """Replay of steps `clean` and `lower`: the operations in the order of the fields.

    A missing text stays missing.
    """

    skip_lines: int
    remove: list[str]
    strip_accents: bool
    lower: bool
    letters_only: bool
    stop_words: list[str]

    def apply(self, values: Array) -> Array:
        """Return the cleaned texts; object array (rows, columns)."""
        cleaned = np.empty(values.shape, dtype=object)
        for column, texts in enumerate(values.T.tolist()):
            cleaned[:, column] = [self._clean(t) if isinstance(t, str) else None for t in texts]
        return cleaned

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a saved estimator keeps: the fields, without the set made of `stop_words`."""
        return asdict(self)

    def _clean(self, text: str) -> str:
        if self.skip_lines:
            text = "".join(text.splitlines(keepends=True)[self.skip_lines :])
        for shape in self.remove:
            is_removable = REMOVABLE[shape]
            text = " ".join([word for word in text.split() if not is_removable(word)])
        if self.strip_accents and not text.isascii():
            text = _strip_accents(text)
        text = text.lower() if self.lower else text
        if self.letters_only:
            text = _NON_LETTERS.sub(" ", text)
        return _remove_words(text, self._stop_words) if self.stop_words else text

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        return frozenset(self.stop_words)


def _strip_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join([character for character in parts if not unicodedata.combining(character)])


def _remove_words(text: str, stop_words: Collection[str]) -> str:
    def replace_word(match: re.Match[str]) -> str:
        word = match[0]
        return "" if word.lower() in stop_words else word

    return _WORD.sub(replace_word, text)
