"""Arrow columns as the cells of records: the texts that a CSV file has for the same values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrow.temporal import (
    format_dates,
    format_durations,
    format_times,
    format_timestamps,
)
from tandem.data.text.float_conversion import format_cells, to_float64
from tandem.errors import BadData, Location

_BOOLEANS = {True: "true", False: "false", None: ""}


def format_column(array: Any) -> list[str] | None:
    """Format an Arrow array as cells, a missing one empty; None for an unsupported type."""
    import pyarrow.types as kinds

    for predicates, texts in _TEXTS:
        if any(getattr(kinds, predicate)(array.type) for predicate in predicates):
            return texts(array)
    return None


def _format_plain(array: Any) -> list[str]:
    return ["" if value is None else str(value) for value in array.to_pylist()]


def _format_floats(array: Any) -> list[str]:
    return format_cells(array.to_numpy(zero_copy_only=False))


def _format_booleans(array: Any) -> list[str]:
    return [_BOOLEANS[value] for value in array.to_pylist()]


def _format_nulls(array: Any) -> list[str]:
    return [""] * len(array)


# What writes the cells of a type, by the names of pyarrow's predicates.
_TEXTS: tuple[tuple[tuple[str, ...], Callable[[Any], list[str]]], ...] = (
    (("is_string", "is_large_string", "is_string_view", "is_integer", "is_decimal"), _format_plain),
    (("is_floating",), _format_floats),
    (("is_boolean",), _format_booleans),
    (("is_null",), _format_nulls),
    (("is_timestamp",), format_timestamps),
    (("is_date",), format_dates),
    (("is_time",), format_times),
    (("is_duration",), format_durations),
)


def is_number(kind: Any) -> bool:
    """Return True for an Arrow type of numbers."""
    import pyarrow.types as kinds

    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind))


def read_finite_floats(array: Any) -> NDArray[np.float64] | None:
    """Return an array of integers or floats as float64, shape (rows,), missing is NaN.

    These are the bits that the cells of `format_column` are read to. None for decimals, which a
    text rounds once and Arrow twice, and where a number is infinite.
    """
    import pyarrow.types as kinds

    if kinds.is_decimal(array.type):
        return None
    values = to_float64(array.to_numpy(zero_copy_only=False))
    return None if np.isinf(values).any() else values


def decode_dictionary(column: Any) -> Any:
    """Return a column as one array, dictionary codes replaced by their values."""
    import pyarrow.types as kinds

    array = column.combine_chunks()
    return array.dictionary_decode() if kinds.is_dictionary(array.type) else array


def make_type_error(name: str, kind: object, file: str | None, remedy: str) -> BadData:
    """Return the error for a column of an unsupported type."""
    return BadData(
        f"the column holds values of the type {str(kind)[:40]}",
        where=Location(file, None, name),
        remedy=remedy,
    )
