"""Rows as JSON values, for `application/json` and `application/jsonlines`.

An instance is a list of cells, `{"features": [...]}`, an object of cells by name, or one of
SageMaker's common data formats, `{"data": {"features": {"values": [...]}}}` with `keys` and `shape`
beside the values where it is sparse (Developer Guide, "Common Data Formats for Inference").
Numbers keep their text until a schema reads them, exactly as a CSV cell does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.data.rows.json_rows import JsonRows
from tandem.data.rows.sparse_matrix import SparseMatrix, stack_rows
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import (
    ATTRIBUTIONS,
    FEATURES,
    SCORE,
    NoRow,
    Output,
    Table,
    list_titles,
)
from tandem.data.text import fast_floats
from tandem.data.text.float_conversion import format_numbers
from tandem.data.text.number_formats import NumberText
from tandem.errors import BadData, Location, Locator

_LONGEST_INDEX = 18


def parse(text: str, where: Location) -> Any:
    """Parse one JSON value, numbers as their text, NaN as null.

    Raises BadData when it is not valid JSON or an object repeats a member.
    """
    try:
        value = json.loads(
            text,
            parse_float=NumberText,
            parse_int=str,
            parse_constant=_read_constant,
            object_pairs_hook=_make_object,
        )
        if "\\u" in text:  # half a surrogate pair is no text
            json.dumps(value, ensure_ascii=False).encode()
    except BadData as error:
        raise error.add_location(**vars(where)) from error
    except (ValueError, RecursionError) as error:
        raise BadData("is not valid JSON", where=where) from error
    return value


def make_source(instances: Sequence[Any], where: Locator) -> RowSource:
    """Return the source of instances. Raises BadData when they do not all have the same form."""
    if not instances:
        raise NoRow("there is no row", where=Location(where(0).file))
    rows = [_unwrap(row, where(index)) for index, row in enumerate(instances)]
    first = rows[0]
    for index, row in enumerate(rows):
        if type(row) is not type(first):
            raise BadData("the row has another form than the first", where=where(index))
    if isinstance(first, _SparseInstance):
        return _make_sparse_matrix(rows, where)
    if isinstance(first, list):
        return JsonRows(rows, None, where)
    if isinstance(first, dict):
        return _make_json_rows(rows, where)
    raise BadData("a row must be a list or an object", where=where(0))


@dataclass(frozen=True)
class _SparseInstance:
    """A sparse instance."""

    keys: list[Any]
    values: list[Any]
    shape: list[Any]


def format_rows(table: Table) -> list[str]:
    """Format each row as JSON: a single number by itself, several values as a list."""
    bare = table.label is None and not table.texts.size and not table.outputs
    if bare and (table.numbers.shape[1] > 1 or table.key == FEATURES):
        return format_lists(table.numbers)
    columns = [_format_literals(column) for column in table.list_columns()]
    rows = zip(*columns, strict=True)
    if len(columns) == 1 and table.key != FEATURES:
        return [row[0] for row in rows]
    return [f"[{', '.join(row)}]" for row in rows]


def format_objects(table: Table) -> list[str]:
    """Format each row as a JSON object: its outputs by name, else its values under `key`."""
    if not table.outputs:
        return [f'{{"{table.key}": {text}}}' for text in format_rows(table)]
    parts = [[f'"{part.name}": {text}' for text in _format_output(part)] for part in table.outputs]
    return [f"{{{', '.join(row)}}}" for row in zip(*parts, strict=True)]


def format_named_objects(table: Table) -> list[str]:
    """Format each row as a JSON object of all its columns by title."""
    keys = [json.dumps(title, ensure_ascii=False) for title in list_titles(table)]
    columns = [
        [f"{key}: {text}" for text in _format_literals(column)]
        for key, column in zip(keys, table.list_columns(), strict=True)
    ]
    return [f"{{{', '.join(row)}}}" for row in zip(*columns, strict=True)]


def format_lists(values: np.ndarray) -> list[str]:
    """Format values of shape (rows,) as JSON numbers, of shape (rows, n) as JSON lists."""
    if values.ndim == 1:
        return _format_literals(values)
    text = fast_floats.write_json(values) if values.size else None
    if text is not None:
        inner = text[2:-2].decode().replace(",", ", ")
        return [f"[{row}]" for row in inner.split("], [")]
    columns = [_format_literals(column) for column in values.T]
    return [f"[{', '.join(row)}]" for row in zip(*columns, strict=True)]


def _format_output(part: Output) -> list[str]:
    """Format an output as JSON: numbers, lists, objects by title, or lists of objects."""
    if part.titles is None:
        return format_lists(part.values)
    keys = [json.dumps(title, ensure_ascii=False) for title in part.titles]
    if part.values.ndim == 2:
        return _format_by_title(keys, part.values)
    groups = [
        _format_by_title(keys, part.values[:, place]) for place in range(part.values.shape[1])
    ]
    return [f"[{', '.join(row)}]" for row in zip(*groups, strict=True)]


def _format_by_title(keys: Sequence[str], values: np.ndarray) -> list[str]:
    columns = [
        [f"{key}: {text}" for text in _format_literals(column)]
        for key, column in zip(keys, values.T, strict=True)
    ]
    return [f"{{{', '.join(row)}}}" for row in zip(*columns, strict=True)]


def _format_literals(column: np.ndarray) -> list[str]:
    if column.dtype == np.object_:
        return [json.dumps(value) for value in column]
    finite = np.isfinite(column)
    return [
        text if is_finite else "null"
        for text, is_finite in zip(format_numbers(column), finite, strict=True)
    ]


def _unwrap(instance: Any, where: Location) -> Any:
    if not isinstance(instance, dict) or ATTRIBUTIONS in instance:
        return instance
    for name in (FEATURES, SCORE):
        if isinstance(instance.get(name), list):
            return instance[name]
    data = instance.get("data")
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, dict):
        return instance
    values = _get_list(features, "values", where)
    if "keys" not in features:
        return values
    return _SparseInstance(
        _get_list(features, "keys", where), values, _get_list(features, "shape", where)
    )


def _get_list(features: Mapping[str, Any], name: str, where: Location) -> list[Any]:
    value = features.get(name)
    if not isinstance(value, list):
        raise BadData(f'"features" must hold a list "{name}"', where=where)
    return value


def _make_json_rows(rows: Sequence[Mapping[str, Any]], where: Locator) -> JsonRows:
    names = tuple(rows[0])
    name_set = set(names)
    for index, row in enumerate(rows):
        if row.keys() != name_set:
            odd = min(row.keys() ^ name_set)
            what = "lacks" if odd in name_set else "has, unlike the first,"
            raise BadData(
                f"the row {what} {odd!r}",
                where=where(index),
                remedy="Name the same columns in every row; null is missing",
            )
    return JsonRows([[row[name] for name in names] for row in rows], names, where)


def _make_sparse_matrix(rows: Sequence[_SparseInstance], where: Locator) -> SparseMatrix:
    shapes = {tuple(_read_indices(row.shape, where(index))) for index, row in enumerate(rows)}
    widths = {shape[-1] for shape in shapes if len(shape) == 1 or shape[:-1] == (1,)}
    if len(widths) != 1 or () in shapes or len(shapes) != 1:
        raise BadData(
            'every row needs one and the same "shape", as [8]', where=Location(where(0).file)
        )
    pairs = [_read_pairs(row, where(index)) for index, row in enumerate(rows)]
    lines = [where(index).row or index + 1 for index in range(len(rows))]
    return stack_rows(pairs, widths.pop(), where(0).file, lines)


def _read_pairs(row: _SparseInstance, where: Location) -> dict[int, float]:
    keys = _read_indices(row.keys, where)
    values = JsonRows([row.values], None, lambda _: where).read_matrix()[0].tolist()
    if len(keys) != len(values) or len(set(keys)) != len(keys):
        raise BadData('"keys" must give one column to each of "values"', where=where)
    return dict(zip(keys, values, strict=True))


def _read_indices(cells: Sequence[Any], where: Location) -> list[int]:
    for cell in cells:
        if not (isinstance(cell, str) and cell.isascii() and cell.isdigit()):
            raise BadData("a column's index must be a whole number from 0", where=where)
        if len(cell) > _LONGEST_INDEX:
            raise BadData("a column's index is too large", where=where)
    return [int(cell) for cell in cells]


def _read_constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadData("an object names a member more than once")
    return members
