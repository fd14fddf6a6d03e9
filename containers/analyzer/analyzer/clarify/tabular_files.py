"""Files of a data set as one pandas frame: CSV, JSON Lines, JSON and Parquet.

Source: Developer Guide, "Analysis Configuration Files" (dataset_type, headers, features, label).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analyzer.clarify.column_types import type_columns
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig
from analyzer.configuration.json_paths import search
from tandem.errors import BadData

_AS_TEXT: dict[str, Any] = {"dtype": str, "keep_default_na": False, "na_values": [""]}
JSON_LINES, JSON, PARQUET = "application/jsonlines", "application/json", "application/x-parquet"


def read_tables(
    paths: Sequence[Path],
    dataset_type: str,
    headers: Sequence[str] | None,
    features: str | None = None,
    others: Sequence[Column] = (),
) -> pd.DataFrame:
    """Read all files as rows of one frame.

    `features` is the JMESPath of the features and `others` those of the other columns, where the
    format is JSON. Raises BadData when there is no row or a file does not parse.
    """
    return stack_tables(
        [read_table(path, dataset_type, headers, features, others) for path in paths]
    )


def read_table(
    path: Path,
    dataset_type: str,
    headers: Sequence[str] | None,
    features: str | None = None,
    others: Sequence[Column] = (),
) -> pd.DataFrame:
    """Read the rows of one file, which may have none. Raises BadData when it does not parse."""
    if dataset_type in {JSON_LINES, JSON}:
        return _read_json(path, dataset_type, headers, features or "", others)
    if dataset_type == PARQUET:
        return _name_columns(_read_parquet(path), headers, path)
    return _read_csv(path, headers)


def stack_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all tables in their order. Raises BadData when there are none."""
    filled = [table for table in tables if len(table)]
    if not filled:
        raise BadData("the data set has no rows")
    return pd.concat(filled, ignore_index=True)


def list_files(folder: Path) -> list[Path]:
    """Return the files of a folder in the order of their names; a file is a list of itself."""
    if folder.is_file():
        return [folder]
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith((".", "_"))
    )


def make_frame(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> pd.DataFrame:
    """Return rows as a frame whose columns have the narrowest types, as if read from CSV."""
    text = pd.DataFrame(list(rows), columns=list(headers)).to_csv(index=False)
    return type_columns(pd.read_csv(io.StringIO(text), **_AS_TEXT))


def _read_csv(path: Path, headers: Sequence[str] | None) -> pd.DataFrame:
    try:
        first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (ValueError, UnicodeDecodeError) as error:
        raise BadData(f"{path.name} is not CSV: {error}") from None
    names = [str(cell).strip() for cell in first.iloc[0]]
    given = list(headers) if headers is not None else None
    has_header = names == given or (given is None and _are_names(names))
    try:
        header = 0 if has_header else None
        frame = pd.read_csv(path, header=header, skipinitialspace=True, **_AS_TEXT)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadData(f"{path.name} is not CSV: {error}") from None
    return _name_columns(type_columns(frame), names if has_header else given, path)


def _are_names(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and not any(_is_number(cell) or not cell for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadData(f"{path.name} is not Parquet: {error}") from None


def _name_columns(frame: pd.DataFrame, headers: Sequence[str] | None, path: Path) -> pd.DataFrame:
    names = headers
    if names is None:
        texts = [isinstance(name, str) for name in frame.columns]
        names = (
            list(frame.columns)
            if all(texts)
            else [f"column_{index}" for index in range(frame.shape[1])]
        )
    if len(names) != frame.shape[1]:
        raise InvalidConfig(
            f"{FILE}: headers has {len(names)} names, and {path.name} {frame.shape[1]} columns"
        )
    return frame.set_axis(list(names), axis=1)


def _read_json(
    path: Path,
    dataset_type: str,
    headers: Sequence[str] | None,
    features: str,
    others: Sequence[Column],
) -> pd.DataFrame:
    text = path.read_text(encoding="utf-8")
    expressions = [str(other) for other in others]
    if dataset_type == JSON_LINES:
        records = [_read_lines(path, text, expression) for expression in (features, *expressions)]
    else:
        records = [
            _read_document(path, text, expression) for expression in (features, *expressions)
        ]
    rows, *columns = records
    if any(not isinstance(row, list) for row in rows):
        raise BadData(f"{path.name}: {features!r} is no list of features in every record")
    width = len(rows[0]) if rows else 0
    names = _name_json_columns(headers, width, expressions)
    table = [[*row, *(column[number] for column in columns)] for number, row in enumerate(rows)]
    if any(len(row) != len(names) for row in table):
        raise BadData(f"{path.name}: not every record has {width} features")
    return make_frame(table, names) if table else pd.DataFrame()


def _name_json_columns(
    headers: Sequence[str] | None, width: int, expressions: Sequence[str]
) -> list[str]:
    """Return the names of the features, then those of the other columns, if headers has them."""
    if headers is None:
        return [*(f"column_{index}" for index in range(width)), *expressions]
    if len(headers) < width:
        raise InvalidConfig(f"{FILE}: headers has {len(headers)} names for {width} features")
    return [*headers[:width], *expressions]


def _read_lines(path: Path, text: str, expression: str) -> list[Any]:
    return [search(expression, record) for record in _parse_lines(path, text)]


def _parse_lines(path: Path, text: str) -> Iterator[object]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError:
                raise BadData(f"{path.name}, row {number} is not JSON") from None


def _read_document(path: Path, text: str, expression: str) -> list[Any]:
    try:
        found = search(expression, json.loads(text))
    except ValueError:
        raise BadData(f"{path.name} is not JSON") from None
    if not isinstance(found, list):
        raise BadData(f"{path.name}: {expression!r} finds no list")
    return found
