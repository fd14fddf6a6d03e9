"""Inference of a column's number format from its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.float_conversion import read_number
from tandem.data.text.number_formats import UNREADABLE, NumberFormat, is_duration, read_first_part

_CODES = "USD|EUR|GBP|CHF|JPY|CAD|AUD|CNY|INR|SEK|NOK|DKK|PLN|BRL|Rs\\.?|kr\\.?"
_CURRENCY = rf"(?:US|C|A|R)?\$|[€£¥₹₽₩₺₪₫฿]|{_CODES}"
_UNITS = (
    "k|bn|mn|mio|kg|g|mg|lbs?|oz|t|km|m|cm|mm|mi|ft|in|yd|l|ml|gal|mph|km/h|kmh|kw|kwh|mw|mwh|hp|bhp|cc|ghz|mhz"
    "|hz|kb|mb|gb|tb|mp|mah|v|w|°c|°f|°|years?|yrs?|months?|weeks?|days?|hours?|hrs?|h|mins?"
    "|minutes?|secs?|seconds?|s|ms|bps|ppm|m2|m²|sqft|sq\\.? ?ft|kmpl|rpm|nm|px|pts?"
)
_KNOWN = re.compile(f"%|{_CURRENCY}|(?i:{_UNITS})")
# Digits with a currency before or behind them, a unit, or any other word behind a blank.
_CELL = re.compile(
    rf"\(?[+\u2212-]?(?P<prefix>{_CURRENCY})?[ \u00a0]?[+\u2212-]?"
    "(?P<core>[0-9][0-9.,'\u2019 \u00a0\u202f]*?|[.,][0-9]+)"
    rf"(?:[ \u00a0\u202f]?(?P<suffix>{_KNOWN.pattern})|[ \u00a0](?P<word>[^\W\d_]{{2,20}}))?\)?"
)
# Ways to group digits and to begin decimals; where two read as many cells, the first one is taken.
_SEPARATORS = (("", "."), (",", "."), ("", ","), (".", ","), (" ", "."), (" ", ","), ("'", "."))
_GROUPED = (".", ",")
# A prefix or suffix of fewer cells is none of the column's.
_SHARE = 0.1
_HOURS = 23


@dataclass(frozen=True)
class Notation:
    """The counted cells of a column and the format of its numbers, None for plain digits.

    `counts` are a sample when the summary of the column is not exact.
    """

    counts: Mapping[str, int]
    format: NumberFormat | None

    @cached_property
    def words(self) -> dict[str, int]:
        """The cells that are not numbers, with their counts."""
        return {cell: count for cell, count in self.counts.items() if not self.is_number(cell)}

    @property
    def words_have_digits(self) -> bool:
        """Whether at least half of the words have a digit, like codes or other number formats."""
        figured = sum(n for cell, n in self.words.items() if any(map(str.isdigit, cell)))
        return 2 * figured >= sum(self.words.values())

    @property
    def units(self) -> list[str]:
        """The prefixes and suffixes of numbers, most frequent first."""
        unit_counts: Counter[str] = Counter()
        for cell, count in self.counts.items():
            parts = _CELL.fullmatch(cell)
            for name in ("prefix", "suffix", "word") if parts else ():
                unit_counts[parts[name] or ""] += count  # type: ignore[index]
        return [unit for unit, _ in unit_counts.most_common() if unit]

    @property
    def resembling_count(self) -> int:
        """Number of values that look like numbers with units or separators, or like durations."""
        return sum(n for cell, n in self.counts.items() if _resembles_number(cell))

    def is_number(self, cell: str) -> bool:
        """Return whether a stripped cell is a number."""
        plain = self.format.to_digits(cell) if self.format else cell
        return _is_number(plain)


def _resembles_number(cell: str) -> bool:
    parts = _CELL.fullmatch(cell)
    if parts is None:
        return is_duration(cell)
    return any(_can_read(NumberFormat("", "", *pair), parts["core"]) for pair in _SEPARATORS)


def infer_notation(column: ColumnSummary) -> Notation:
    """Return the cells of a column and its number format, if most cells have one."""
    counts: Counter[str] = Counter()
    for cell, count in column.counts.items():
        if cell.strip() not in column.missing_values:
            counts[cell.strip()] += count
    return Notation(counts, _infer_format(counts) if column.words else None)


def _infer_format(counts: Mapping[str, int]) -> NumberFormat | None:
    total = sum(counts.values())
    durations = {cell: n for cell, n in counts.items() if is_duration(cell)}
    if 2 * sum(durations.values()) > total:
        return NumberFormat(duration=_infer_duration_form(durations))
    parts = {cell: found for cell in counts if (found := _CELL.fullmatch(cell))}
    cells = {cell: n for cell, n in counts.items() if cell in parts or _is_number(cell)}
    if 2 * sum(cells.values()) <= total:
        return None
    affixes = {
        name: _find_usual_affix({cell: parts[cell][name] or "" for cell in parts}, cells)
        for name in ("prefix", "suffix", "word")
    }
    suffix = affixes["suffix"] or affixes["word"]
    cores = {cell: parts[cell]["core"] if cell in parts else cell for cell in cells}
    money = bool(re.fullmatch(_CURRENCY, suffix)) and not affixes["prefix"]
    thousands, decimal = _choose_separators(cores, cells, grouped=money)
    number_format = NumberFormat(
        affixes["prefix"],
        "" if suffix == "%" else suffix,
        thousands,
        decimal,
        parentheses=any(cell.startswith("(") for cell in parts),
        percent=suffix == "%",
    )
    # A word that is no unit is one only where all cells have it.
    if number_format == NumberFormat() or (
        not _KNOWN.fullmatch(suffix or "%") and not _can_read_all(number_format, counts)
    ):
        return None
    return number_format


def _infer_duration_form(cells: Iterable[str]) -> str:
    """Return the meaning of `1:05`: `m:ss` beside `1:02:03` or above 23, else `h:mm`."""
    short = [read_first_part(cell) for cell in cells]
    hours = [first for first in short if first is not None]
    alone = len(hours) == len(short)
    return "h:mm" if not hours or (alone and max(hours) <= _HOURS) else "m:ss"


def _find_usual_affix(affixes: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """Return the most frequent prefix or suffix, empty when few cells have it."""
    affix_counts: Counter[str] = Counter()
    for cell, affix in affixes.items():
        plural = f"{affix}s"
        affix_counts[plural if len(affix) > 1 and plural in affixes.values() else affix] += counts[
            cell
        ]
    del affix_counts[""]
    affix, count = affix_counts.most_common(1)[0] if affix_counts else ("", 0)
    return affix if count >= _SHARE * sum(counts.values()) else ""


def _choose_separators(
    cores: Mapping[str, str], counts: Mapping[str, int], *, grouped: bool
) -> tuple[str, str]:
    """Return the separators of thousands and decimals that read the most cells.

    With `grouped`, `1.234` is in groups where it could have three decimals as well.
    """
    dots = grouped and any("." in core for core in cores.values())
    pairs = [*[_GROUPED] * dots, *_SEPARATORS]
    total = sum(counts[cell] for cell in cores)
    best, most_cells = pairs[0], -1
    for pair in pairs:
        number_format = NumberFormat("", "", *pair)
        read = sum(counts[cell] for cell, core in cores.items() if _can_read(number_format, core))
        if read > most_cells:
            best, most_cells = pair, read
        if most_cells == total:
            break
    return best


def _can_read(number_format: NumberFormat, cell: str) -> bool:
    return number_format.to_digits(cell) != UNREADABLE


def _can_read_all(number_format: NumberFormat, cells: Iterable[str]) -> bool:
    return all(_can_read(number_format, cell) for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        read_number(cell)
    except ValueError:
        return False
    return True
