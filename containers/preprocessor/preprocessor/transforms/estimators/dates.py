"""Dates: texts into seconds, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator, StatelessEstimator
from preprocessor.transforms.kernels import date_features, date_reader


class DateParser(ColumnEstimator):
    """Reads texts as seconds from 1970-01-01 00:00 on the clock of `timezone`.

    `fit` learns in which order each column has day and month (`orders_`), and raises ValueError for
    a column that does not prove it.
    """

    def __init__(
        self, date_format: str = "auto", timezone: str = "UTC", unparsable: str = "missing"
    ) -> None:
        self.date_format = date_format
        self.timezone = timezone
        self.unparsable = unparsable

    def fit(self, X: Any, y: Any = None) -> DateParser:  # noqa: ARG002, N803
        """Learn the orders of day and month."""
        columns = self.check_texts(X, fit=True).T
        self.names_ = [str(name) for name in self.get_feature_names_out()]
        self.orders_ = [
            _infer_order(column, name) if self.date_format == "auto" else None
            for name, column in zip(self.names_, columns, strict=True)
        ]
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Read the texts; missing, and what cannot be read, is NaN."""
        self.check_fitted()
        readers = date_reader.build_readers(self.date_format, self.timezone, self.orders_)
        return date_reader.parse_dates(self.check_texts(X), readers, self.names_, self.unparsable)

    def count_unread(self, X: Any) -> dict[str, int]:  # noqa: N803
        """Return each column's number of texts that are no dates, where there are any."""
        found: dict[str, int] = {}
        readers = date_reader.build_readers(self.date_format, self.timezone, self.orders_)
        date_reader.parse_dates(self.check_texts(X), readers, self.names_, self.unparsable, found)
        return found


class DateParts(StatelessEstimator):
    """The parts of dates that are given in seconds."""

    def __init__(self, parts: Sequence[str] = ("year", "month", "day", "weekday")) -> None:
        self.parts = parts

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Take the dates apart; the parts of a missing one are missing."""
        self.check_fitted()
        return date_features.extract_parts(self.check_numbers(X), self.parts)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name and the part's."""
        return _name_features(super().get_feature_names_out(input_features), self.parts)


class DateCycles(StatelessEstimator):
    """Sine and cosine of parts of dates that are given in seconds."""

    def __init__(self, cycles: Sequence[str] = ("month", "weekday")) -> None:
        self.cycles = cycles

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Put the parts on circles; those of a missing date are missing."""
        self.check_fitted()
        return date_features.compute_cycles(self.check_numbers(X), self.cycles)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name, the part's, and `sin` or `cos`."""
        ends = [f"{name}_{turn}" for name in self.cycles for turn in ("sin", "cos")]
        return _name_features(super().get_feature_names_out(input_features), ends)


class TimeSince(ColumnEstimator):
    """The time since a reference, for dates that are given in seconds."""

    def __init__(self, reference: str = date_features.FIRST, unit: str = "days") -> None:
        self.reference = reference
        self.unit = unit

    def fit(self, X: Any, y: Any = None) -> TimeSince:  # noqa: ARG002, N803
        """Learn the earliest date of every column, where that is the reference."""
        values = self.check_numbers(X, fit=True)
        if self.reference == date_features.FIRST:
            there = [column[~np.isnan(column)] for column in values.T]
            self.references_ = np.array([c.min() if len(c) else 0.0 for c in there])
        else:
            self.references_ = np.full(
                values.shape[1], date_features.parse_reference(self.reference)
            )
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Count the time; it is missing where the date is."""
        self.check_fitted()
        return date_features.compute_elapsed(self.check_numbers(X), self.references_, self.unit)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name and the unit."""
        return _name_features(super().get_feature_names_out(input_features), [self.unit])


def _infer_order(cells: NDArray[np.object_], name: str) -> str | None:
    try:
        return date_reader.infer_day_order(cell.strip() for cell in cells if isinstance(cell, str))
    except ValueError as error:
        orders = f"{date_reader.DAY_FIRST!r} or {date_reader.MONTH_FIRST!r}"
        raise ValueError(f"column {name!r}: {error}; give 'format' {orders}") from error


def _name_features(columns: NDArray[np.object_], ends: Sequence[str]) -> NDArray[np.object_]:
    return np.array([f"{column}_{end}" for column in columns for end in ends], dtype=object)
