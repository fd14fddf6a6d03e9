"""Values of a model's responses: one for each row, found by index or JMESPath."""

from __future__ import annotations

import ast
import csv
import json
from typing import Any

from analyzer.configuration.checked_fields import Column
from analyzer.configuration.json_paths import search
from tandem.errors import BadData, UserError


def find_values(body: bytes, accept: str, place: Column | None, rows: int) -> list[Any]:
    """Return the value at a place of the response of each row.

    `place` is an index into a line of CSV, or a JMESPath into a JSON record or document; None is
    all of it. Raises BadData when the response does not have `rows` rows.
    """
    text = body.decode("utf-8", "replace")
    if accept == "text/csv":
        values = [_find_cell(line, place) for line in csv.reader(text.splitlines()) if line]
    elif accept == "application/jsonlines":
        values = [_find(json_line, place) for json_line in _read_lines(text)]
    else:
        found = _find(_read_json(text), place)
        values = found if isinstance(found, list) else [found]
        if rows == 1 and len(values) != 1:
            values = [values]
    if len(values) != rows:
        raise BadData(f"the model answered {len(values)} rows for {rows}")
    return values


def _find_cell(cells: list[str], place: Column | None) -> Any:
    if place is None:
        parsed = [parse_cell(cell) for cell in cells]
        return parsed if len(parsed) > 1 else parsed[0]
    if isinstance(place, str):
        raise UserError(
            f"predictor.label or predictor.probability is {place!r}, and the response is CSV",
            remedy="Use the zero-based index of a column.",
        )
    if place >= len(cells):
        raise BadData(f"the model answered {len(cells)} columns, and none with index {place}")
    return parse_cell(cells[place])


def parse_cell(cell: str) -> Any:
    """Return the value that a cell writes: JSON, a list of Python's, a number, else its text."""
    text = cell.strip()
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text) if text.startswith("[") else float(text)
    except (ValueError, SyntaxError):
        return text


def _find(content: Any, place: Column | None) -> Any:
    if place is None:
        if isinstance(content, dict):
            raise UserError(
                "the model answers JSON objects, and the predictor does not say where the "
                f"prediction is; the first has the fields {', '.join(content)}",
                remedy="Set predictor.label or predictor.probability to a JMESPath.",
            )
        return content
    found = search(str(place), content) if isinstance(place, str) else _index(content, place)
    if found is None:
        raise BadData(f"{place!r} finds nothing in the model's response")
    return found


def _index(content: Any, place: int) -> Any:
    return content[place] if isinstance(content, list) and place < len(content) else None


def _read_lines(text: str) -> list[Any]:
    return [_read_json(line) for line in text.splitlines() if line.strip()]


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise BadData(f"the model's response is not JSON: {text[:80]!r}") from None
