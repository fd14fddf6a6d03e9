"""Estimators of dates: parsing of texts into seconds, and features of the seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator, StatelessEstimator
from preprocessor.transforms.kernels import date_features, date_reader


class DateParser(ColumnEstimator):
    """Parser of texts into seconds since 1970-01-01 00:00 on the local clock of `timezone`.

    `fit` learns the order of day and month of each column (`orders_`). Raises ValueError when a
    column has dates that can be read in both orders.
    """

    def __init__(
        self, date_format: str = "auto", timezone: str = "UTC", unparsable: str = "missing"
    ) -> None:
        self.date_format = date_format
        self.timezone = timezone
        self.unparsable = unparsable

    def fit(self, X: Any, y: Any = None) -> DateParser:  # noqa: ARG002, N803
        """Learn the order of day and month of each column."""
        columns = self.check_texts(X, fit=True).T
        self.names_ = [str(name) for name in self.get_feature_names_out()]
        self.orders_ = [
            _infer_order(column, name) if self.date_format == "auto" else None
            for name, column in zip(self.names_, columns, strict=True)
        ]
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return seconds; float64, shape (rows, columns), NaN where missing or unparsable."""
        self.check_fitted()
        readers = date_reader.build_readers(self.date_format, self.timezone, self.orders_)
        return date_reader.parse_dates(self.check_texts(X), readers, self.names_, self.unparsable)

    def count_unread(self, X: Any) -> dict[str, int]:  # noqa: N803
        """Return the number of unparsable texts by column, without columns that have none."""
        unread: dict[str, int] = {}
        readers = date_reader.build_readers(self.date_format, self.timezone, self.orders_)
        date_reader.parse_dates(self.check_texts(X), readers, self.names_, self.unparsable, unread)
        return unread


class DateParts(StatelessEstimator):
    """Calendar parts of dates, which are seconds since 1970 on a local clock."""

    def __init__(self, parts: Sequence[str] = ("year", "month", "day", "weekday")) -> None:
        self.parts = parts

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the parts; shape (rows, columns * parts), NaN for a missing date."""
        self.check_fitted()
        return date_features.extract_parts(self.check_numbers(X), self.parts)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name and the part's."""
        return _name_features(super().get_feature_names_out(input_features), self.parts)


class DateCycles(StatelessEstimator):
    """Sine and cosine of calendar parts of dates, which are seconds since 1970."""

    def __init__(self, cycles: Sequence[str] = ("month", "weekday")) -> None:
        self.cycles = cycles

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return sines and cosines; shape (rows, columns * 2 * cycles), NaN if missing."""
        self.check_fitted()
        return date_features.compute_cycles(self.check_numbers(X), self.cycles)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name, the part's, and `sin` or `cos`."""
        ends = [f"{name}_{turn}" for name in self.cycles for turn in ("sin", "cos")]
        return _name_features(super().get_feature_names_out(input_features), ends)


class TimeSince(ColumnEstimator):
    """The time since a reference date in `unit`s, of dates that are seconds since 1970."""

    def __init__(self, reference: str = date_features.FIRST, unit: str = "days") -> None:
        self.reference = reference
        self.unit = unit

    def fit(self, X: Any, y: Any = None) -> TimeSince:  # noqa: ARG002, N803
        """Learn the references: the earliest date of each column, or the one of `reference`."""
        values = self.check_numbers(X, fit=True)
        if self.reference == date_features.FIRST:
            present = [column[~np.isnan(column)] for column in values.T]
            self.references_ = np.array([c.min() if len(c) else 0.0 for c in present])
        else:
            self.references_ = np.full(
                values.shape[1], date_features.parse_reference(self.reference)
            )
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the elapsed time; shape (rows, columns), NaN for a missing date."""
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
