"""Words for true and false, and how they are read as 1 and 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from tandem.errors import BadData, Location

DEFAULT_ONES: tuple[str, ...] = ("true", "t", "yes", "y", "on", "1", "1.0")
DEFAULT_ZEROS: tuple[str, ...] = ("false", "f", "no", "n", "off", "0", "0.0")
# A column of both words of a pair, and of no others, is inferred to be of this kind. Letters that
# grades and codes have too are not among them, nor are numbers, which are 0 and 1 already.
WORD_PAIRS = (frozenset({"true", "false"}), frozenset({"yes", "no"}), frozenset({"t", "f"}))


def are_boolean(cells: Iterable[str]) -> bool:
    """Return True if the cells hold both words of one of `WORD_PAIRS`, and no other word."""
    return frozenset(cell.strip().casefold() for cell in cells) in WORD_PAIRS


def map_words(ones: Iterable[str], zeros: Iterable[str]) -> dict[str, float]:
    """Return the number of each word, stripped and casefolded: 0.0 for zeros, 1.0 for ones."""
    pairs = [*((word, 0.0) for word in zeros), *((word, 1.0) for word in ones)]
    return {word.strip().casefold(): value for word, value in pairs}


def read_booleans(
    values: Array,
    meanings: Mapping[str, float],
    names: Sequence[str],
    unknown: str,
    unread: dict[str, int] | None = None,
) -> Array:
    """Read words as 1.0 and 0.0; shape (rows, columns), float64, NaN where missing or unknown.

    values: object array (rows, columns). The number of unknown words of each column `names` is
    written into `unread`. Raises BadData when a word is unknown and `unknown` is "error".
    """
    booleans = np.full(values.shape, np.nan)
    for column, cells in enumerate(values.T.tolist()):
        unknown_words = 0
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            value = meanings.get(cell.strip().casefold())
            if value is not None:
                booleans[row, column] = value
                continue
            if unknown == "error":
                raise _build_error(row, names[column])
            unknown_words += 1
        if unknown_words and unread is not None:
            unread[names[column]] = unknown_words
    return booleans


def _build_error(row: int, name: str) -> BadData:
    return BadData(
        "true or false is expected, and the value is neither",
        where=Location(row=row + 1, column=name),
        remedy="Mend it, leave the cell empty, name its word in 'ones' or 'zeros', or let"
        " 'unknown' be missing",
    )
