"""Texts made simpler before their terms are counted; every step takes time linear in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Array, Replay, Step
from tandem.contract.value_types import Kind, flag, whole, words, words_of

ENGLISH = "english"
_REMOVABLE: dict[str, Callable[[str], bool]] = {
    "emails": lambda word: "@" in word[1:-1],
    "urls": lambda word: "://" in word or word.lower().startswith("www."),
}
_WORD = re.compile(r"\w+")
_NO_LETTERS = re.compile(r"[\W\d_]+")

_KIND = words_of(_REMOVABLE.__contains__, f"list of {', '.join(_REMOVABLE)}")

LOWER = Option("lower", flag(), True, "Lower case.")
LETTERS = Option("letters_only", flag(), False, "What is no letter becomes a space.")
ACCENTS = Option("strip_accents", flag(), False, "Letters without their accents.")
REMOVE = Option(
    "remove",
    Kind(_KIND.name, _KIND.parse, {"type": ["array", "string"], "items": {"type": "string"}}),
    (),
    "Words to leave out by their shape: e-mail addresses, addresses of pages.",
)
STOP_WORDS = Option(
    "stop_words",
    words(),
    (),
    f"Words to leave out; `{ENGLISH}` stands for scikit-learn's list of English ones.",
)
SKIP_LINES = Option("skip_lines", whole(0), 0, "Lines to leave out at the beginning of a text.")


@dataclass(frozen=True)
class CleanReplay:
    """What is done to a text, in this order: the fields from first to last.

    A missing text stays missing.
    """

    skip_lines: int
    remove: list[str]
    strip_accents: bool
    lower: bool
    letters_only: bool
    stop_words: list[str]

    def apply(self, values: Array) -> Array:
        """Clean every text."""
        cleaned = np.empty(values.shape, dtype=object)
        for place, texts in enumerate(values.T.tolist()):
            cleaned[:, place] = [self._cleaned(t) if isinstance(t, str) else None for t in texts]
        return cleaned

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    def _cleaned(self, text: str) -> str:
        if self.skip_lines:
            text = "".join(text.splitlines(keepends=True)[self.skip_lines :])
        for shape in self.remove:
            goes = _REMOVABLE[shape]
            text = " ".join([word for word in text.split() if not goes(word)])
        if self.strip_accents and not text.isascii():
            text = _bare(text)
        text = text.lower() if self.lower else text
        if self.letters_only:
            text = _NO_LETTERS.sub(" ", text)
        return _without(text, self._stop_words) if self.stop_words else text

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        return frozenset(self.stop_words)


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join([character for character in parts if not unicodedata.combining(character)])


def _without(text: str, stop_words: Collection[str]) -> str:
    def kept(found: re.Match[str]) -> str:
        word = found[0]
        return "" if word.lower() in stop_words else word

    return _WORD.sub(kept, text)


class _Clean(Step):
    name = "clean"
    sentence = "Texts made simpler before their terms are counted."
    options = (LOWER, LETTERS, ACCENTS, REMOVE, STOP_WORDS, SKIP_LINES)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.texts import TextCleaner

        remove, stop_words = options[REMOVE], options[STOP_WORDS]
        return TextCleaner(
            lower=options[LOWER],
            letters_only=options[LETTERS],
            strip_accents=options[ACCENTS],
            remove=list(remove),
            stop_words=list(stop_words),
            skip_lines=options[SKIP_LINES],
        )

    def replay(self, fitted: Any) -> Replay:
        replay: Replay = fitted.cleaning_
        return replay

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return CleanReplay(**values)


STEP = _Clean()
