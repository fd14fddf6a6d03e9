"""The canonical form of numbers and booleans among categories.

Formats and programs write the category 3 as `3`, `3.0` or `3.000e+00`, and true as `true`, `True`
or `TRUE`. In a field with `one_spelling` these are the same category. A word that may be a code
or a version is unchanged: `007`, `+3`, `1.10`, `2E3`, `1`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+)?")
# An exponent as programs write it: behind a point, with a sign, or from 16 on.
_EXPONENT = re.compile(
    r"-?[0-9](?:\.[0-9]+[eE][+-]?[0-9]{1,3}|[eE][+-][0-9]{1,3}|[eE](?:1[6-9]|[2-9][0-9]|[0-9]{3}))"
)
# From here on a float has no digits for the units, and is written with an exponent.
_LARGE = 1e22


def normalize_word(text: str) -> str:
    """Return the canonical form of a number or boolean; any other text is unchanged."""
    if not text[-1:].isdecimal():
        return _TRUTHS.get(text, text)
    if whole := _WHOLE.fullmatch(text):
        return "0" if whole[1] == "-0" else whole[1]
    return _shorten(text) if _EXPONENT.fullmatch(text) else text


def normalize_words(values: list[str | None], missing: Collection[str]) -> list[str | None]:
    """Return texts in canonical form; None for one whose canonical form is in `missing`."""
    replacements: dict[str, str | None] = {}
    for value in set(values):
        if value is not None:
            word = normalize_word(value)
            if word != value or word in missing:
                replacements[value] = None if word in missing else word
    if not replacements:
        return values
    return [value if value is None else replacements.get(value, value) for value in values]


def list_spellings(words: tuple[str, ...]) -> list[str]:
    """Return the words, their canonical forms, and for whole numbers the form with `.0`."""
    spellings = dict.fromkeys(words)
    for word in map(normalize_word, words):
        spellings[word] = None
        if _WHOLE.fullmatch(word):
            spellings[f"{word}.0"] = None
    return list(spellings)


def _shorten(text: str) -> str:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return text
    return str(int(value)) if value.is_integer() and abs(value) < _LARGE else repr(value)
