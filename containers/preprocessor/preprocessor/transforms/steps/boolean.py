"""Words for true and false as 1 and 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.boolean_words import (
    DEFAULT_ONES,
    DEFAULT_ZEROS,
    map_words,
    read_booleans,
)
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, words
from tandem.data.text.canonical_form import list_spellings

ONES = Option("ones", words(), DEFAULT_ONES, "The words that mean true, in upper or lower case.")
ZEROS = Option("zeros", words(), DEFAULT_ZEROS, "The words that mean false.")
UNKNOWN = Option(
    "unknown",
    choice("missing", "error"),
    "missing",
    "What any other word is: missing, or refused with its row and column.",
)


@dataclass(frozen=True)
class BooleanReplay:
    """Replay of step `truth`: its options and the columns' `names`."""

    ones: list[str]
    zeros: list[str]
    names: list[str]
    unknown: str

    def apply(self, values: Array) -> Array:
        """Return 1.0, 0.0 or NaN for each word; shape (rows, columns).

        Raises BadData when a word is unknown and `unknown` is "error".
        """
        return read_booleans(values, self._meanings, self.names, self.unknown)

    def apply_and_count(self, values: Array, unread: dict[str, int]) -> Array:
        """Return what `apply` returns; count unknown words by column in `unread`."""
        return read_booleans(values, self._meanings, self.names, self.unknown, unread)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _meanings(self) -> dict[str, float]:
        return map_words(self.ones, self.zeros)


class _Boolean(Step):
    name = "truth"
    sentence = "True as 1 and false as 0, in words or figures; missing stays missing."
    options = (ONES, ZEROS, UNKNOWN)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.booleans import Truths

        ones, zeros = list_spellings(options[ONES]), list_spellings(options[ZEROS])
        return Truths(tuple(ones), tuple(zeros), options[UNKNOWN])

    def read_replay(self, fitted: Any) -> Replay:
        return BooleanReplay(list(fitted.ones), list(fitted.zeros), fitted.names_, fitted.unknown)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return BooleanReplay(**values)


STEP = _Boolean()
