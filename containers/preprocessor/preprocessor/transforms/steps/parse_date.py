"""Texts into points in time: seconds on the clock of one time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from preprocessor.transforms.kernels import date_reader
from preprocessor.transforms.kernels.date_reader import Reader
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Array, Replay, Step
from tandem.contract.value_types import Kind, choice
from tandem.errors import BadData, Location

_FORMS = ("auto", date_reader.DAY_FIRST, date_reader.MONTH_FIRST, *date_reader.EPOCHS)


def _form(text: str) -> str:
    if text not in _FORMS and not ("%" in text and date_reader.pattern_reads(text)):
        raise ValueError(text)
    return text


def _zone(text: str) -> str:
    if text != "UTC" and text not in available_timezones():
        raise ValueError(text)
    return text


FORMAT = Option(
    "format",
    Kind(f"{', '.join(_FORMS)} or a pattern like %d.%m.%y", _form, {"type": "string"}),
    "auto",
    "`auto`: ISO 8601, `2024/01/31`, `31 Jan 2024`, `Jan 31, 2024` and the like, with a time of day"
    " or without; `31/01/2024` where the column proves the order of day and month. `day first`,"
    " `month first`: where it does not. `epoch`, `epoch_ms`: numbers, seconds or milliseconds from"
    " 1970 in UTC. Or a pattern of Python's `strptime`.",
)
TIMEZONE = Option(
    "timezone",
    Kind("time zone, like Europe/Berlin", _zone, {"type": "string"}),
    "UTC",
    "The clock that all values are moved to; one without an offset is on it already.",
)
UNPARSABLE = Option(
    "unparsable",
    choice("missing", "error"),
    "missing",
    "What a text is that is no date: missing, or refused with its row and column.",
)


def parsed(
    values: Array,
    readers: Sequence[Reader],
    names: Sequence[str],
    unparsable: str,
    unread: dict[str, int] | None = None,
) -> Array:
    """Return the seconds, shape (rows, columns); missing is NaN.

    In `unread` each column's number of texts that are no dates is noted. Raises BadData for a text
    that is no date, where it is to be refused.
    """
    seconds = np.full(values.shape, np.nan)
    for place, (read, cells) in enumerate(zip(readers, values.T.tolist(), strict=True)):
        wrong = 0
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            try:
                seconds[row, place] = read(cell.strip())
            except ValueError as error:
                if unparsable == "error":
                    raise _refused(row, names[place]) from error
                wrong += 1
        if wrong and unread is not None:
            unread[names[place]] = wrong
    return seconds


def readers(form: str, timezone: str, orders: Sequence[str | None]) -> list[Reader]:
    """Give a reader a column; `orders` are those of day and month."""
    zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)
    return [date_reader.reader(form, zone, order) for order in orders]


@dataclass(frozen=True)
class ParseReplay:
    """The options, the columns' names, and the order of day and month that each has proven."""

    format: str
    timezone: str
    unparsable: str
    names: list[str]
    orders: list[str | None]

    def apply(self, values: Array) -> Array:
        """Read the cells. Raises BadData where one is to be refused."""
        return parsed(values, self._readers, self.names, self.unparsable)

    def counted(self, values: Array, unread: dict[str, int]) -> Array:
        """Read the cells, and note how many are no dates."""
        return parsed(values, self._readers, self.names, self.unparsable, unread)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _readers(self) -> list[Reader]:
        return readers(self.format, self.timezone, self.orders)


class _Parse(Step):
    name = "parse"
    sentence = "Texts into points in time."
    options = (FORMAT, TIMEZONE, UNPARSABLE)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateParser

        return DateParser(options[FORMAT], options[TIMEZONE], options[UNPARSABLE])

    def replay(self, fitted: Any) -> Replay:
        options = (fitted.date_format, fitted.timezone, fitted.unparsable)
        return ParseReplay(*options, fitted.names_, fitted.orders_)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return ParseReplay(**values)


def _refused(row: int, name: str) -> BadData:
    return BadData(
        "a date is expected, and the value is none that can be read",
        where=Location(row=row + 1, column=name),
        remedy="Mend it, leave the cell empty, or let 'unparsable' be missing",
    )


STEP = _Parse()
