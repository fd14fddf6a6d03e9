"""Words for true and false into 1 and 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Array, Replay, Step
from tandem.contract.value_types import choice, words
from tandem.data.text.canonical_form import all_spellings
from tandem.errors import BadData, Location

USUAL_ONES: tuple[str, ...] = ("true", "t", "yes", "y", "on", "1", "1.0")
USUAL_ZEROS: tuple[str, ...] = ("false", "f", "no", "n", "off", "0", "0.0")
# A column of both words of a pair, and of no others, is inferred to be of this kind. Letters that
# grades and codes have too are not among them, nor are numbers, which are 0 and 1 already.
PAIRS = (frozenset({"true", "false"}), frozenset({"yes", "no"}), frozenset({"t", "f"}))

ONES = Option("ones", words(), USUAL_ONES, "The words that mean true, in upper or lower case.")
ZEROS = Option("zeros", words(), USUAL_ZEROS, "The words that mean false.")
UNKNOWN = Option(
    "unknown",
    choice("missing", "error"),
    "missing",
    "What any other word is: missing, or refused with its row and column.",
)


def looks(cells: Iterable[str]) -> bool:
    """Return whether cells are true and false in the words of one pair."""
    return frozenset(cell.strip().casefold() for cell in cells) in PAIRS


def meanings(ones: Iterable[str], zeros: Iterable[str]) -> dict[str, float]:
    """Return the number each word means."""
    pairs = [*((word, 0.0) for word in zeros), *((word, 1.0) for word in ones)]
    return {word.strip().casefold(): value for word, value in pairs}


def truths(
    values: Array,
    known: Mapping[str, float],
    names: Sequence[str],
    unknown: str,
    unread: dict[str, int] | None = None,
) -> Array:
    """Return 1 and 0 by the words that are `known`, shape (rows, columns); missing is NaN.

    In `unread` each column's number of other words is noted. Raises BadData for another word,
    where it is to be refused.
    """
    found = np.full(values.shape, np.nan)
    for place, cells in enumerate(values.T.tolist()):
        wrong = 0
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            value = known.get(cell.strip().casefold())
            if value is not None:
                found[row, place] = value
                continue
            if unknown == "error":
                raise _refused(row, names[place])
            wrong += 1
        if wrong and unread is not None:
            unread[names[place]] = wrong
    return found


@dataclass(frozen=True)
class TruthReplay:
    """The options and the columns' names."""

    ones: list[str]
    zeros: list[str]
    names: list[str]
    unknown: str

    def apply(self, values: Array) -> Array:
        """Read the words. Raises BadData where one is to be refused."""
        return truths(values, self._known, self.names, self.unknown)

    def counted(self, values: Array, unread: dict[str, int]) -> Array:
        """Read the words, and note how many are neither true nor false."""
        return truths(values, self._known, self.names, self.unknown, unread)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _known(self) -> dict[str, float]:
        return meanings(self.ones, self.zeros)


class _Truth(Step):
    name = "truth"
    sentence = "True as 1 and false as 0, in words or figures; missing stays missing."
    options = (ONES, ZEROS, UNKNOWN)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.booleans import Truths

        ones, zeros = all_spellings(options[ONES]), all_spellings(options[ZEROS])
        return Truths(tuple(ones), tuple(zeros), options[UNKNOWN])

    def replay(self, fitted: Any) -> Replay:
        return TruthReplay(list(fitted.ones), list(fitted.zeros), fitted.names_, fitted.unknown)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return TruthReplay(**values)


def _refused(row: int, name: str) -> BadData:
    return BadData(
        "true or false is expected, and the value is neither",
        where=Location(row=row + 1, column=name),
        remedy="Mend it, leave the cell empty, name its word in 'ones' or 'zeros', or let"
        " 'unknown' be missing",
    )


STEP = _Truth()
