"""Parsing of dates: texts into seconds since 1970 on the local clock of one time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from zoneinfo import available_timezones

from preprocessor.transforms.kernels import date_reader
from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_reader import Reader, build_readers, parse_dates
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import Kind, choice

_FORMS = ("auto", date_reader.DAY_FIRST, date_reader.MONTH_FIRST, *date_reader.EPOCHS)


def _check_format(text: str) -> str:
    if text not in _FORMS and not ("%" in text and date_reader.can_parse_own_output(text)):
        raise ValueError(text)
    return text


def _check_timezone(text: str) -> str:
    if text != "UTC" and text not in available_timezones():
        raise ValueError(text)
    return text


FORMAT = Option(
    "format",
    Kind(f"{', '.join(_FORMS)} or a pattern like %d.%m.%y", _check_format, {"type": "string"}),
    "auto",
    "`auto`: ISO 8601, `2024/01/31`, `31 Jan 2024`, `Jan 31, 2024` and the like, with a time of day"
    " or without; `31/01/2024` where the column proves the order of day and month. `day first`,"
    " `month first`: where it does not. `epoch`, `epoch_ms`: numbers, seconds or milliseconds from"
    " 1970 in UTC. Or a pattern of Python's `strptime`.",
)
TIMEZONE = Option(
    "timezone",
    Kind("time zone, like Europe/Berlin", _check_timezone, {"type": "string"}),
    "UTC",
    "The clock that all values are moved to; one without an offset is on it already.",
)
UNPARSABLE = Option(
    "unparsable",
    choice("missing", "error"),
    "missing",
    "What a text is that is no date: missing, or refused with its row and column.",
)


@dataclass(frozen=True)
class ParseDateReplay:
    """Replay of step `parse`: its options, the columns' `names` and `orders` of day and month."""

    format: str
    timezone: str
    unparsable: str
    names: list[str]
    orders: list[str | None]

    def apply(self, values: Array) -> Array:
        """Return seconds; float64, shape (rows, columns), NaN where missing or unparsable.

        Raises BadData when a cell is unparsable and `unparsable` is "error".
        """
        return parse_dates(values, self._readers, self.names, self.unparsable)

    def apply_and_count(self, values: Array, unread: dict[str, int]) -> Array:
        """Return what `apply` returns; count unparsable cells by column in `unread`."""
        return parse_dates(values, self._readers, self.names, self.unparsable, unread)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _readers(self) -> list[Reader]:
        return build_readers(self.format, self.timezone, self.orders)


class _ParseDate(Step):
    name = "parse"
    sentence = "Texts into points in time."
    options = (FORMAT, TIMEZONE, UNPARSABLE)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateParser

        return DateParser(options[FORMAT], options[TIMEZONE], options[UNPARSABLE])

    def read_replay(self, fitted: Any) -> Replay:
        options = (fitted.date_format, fitted.timezone, fitted.unparsable)
        return ParseDateReplay(*options, fitted.names_, fitted.orders_)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return ParseDateReplay(**values)


STEP = _ParseDate()
