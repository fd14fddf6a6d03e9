"""JSON (RFC 8259): rows as lists, as objects by name, or in SageMaker's common data formats."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

from tandem.codecs import _instances as instances
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, Location

_ROWS = "instances"
_ANSWERS = "predictions"


class _Json:
    media_types: tuple[str, ...] = ("application/json",)
    aliases: tuple[str, ...] = ("json",)
    border: bytes | None = None
    reads: str = (
        '`{"instances": [...]}`, or the list alone, of rows: `[1.5, 2, null]`,'
        ' `{"features": [...]}`, `{"area": 5, "zone": "A"}`,'
        ' `{"data": {"features": {"values": [...]}}}`, sparse with'
        ' `"keys"` and `"shape"`; one row may stand alone; null is missing'
    )
    writes: str = (
        '`{"predictions": [{"score": 1.5}, ...]}`, several numbers as `{"score": [...]}`; features'
        ' as `{"instances": [{"features": [...]}, ...]}`; with `application/json; names=present`'
        " each row an object of its columns by name"
    )
    naming: str = "names=present"

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> RowSource:
        value = instances.parse(decode_utf8(body, file), Location(file))
        return instances.make_source(
            _find_rows(value, file), lambda index: Location(file, index + 1)
        )

    def encode(self, table: Table) -> bytes:
        return _write_document(table, instances.format_objects(table))

    @property
    def named(self) -> _JsonByName:
        return _JsonByName()


class _JsonByName:
    def encode(self, table: Table) -> bytes:
        return _write_document(table, instances.format_named_objects(table))


def _write_document(table: Table, objects: list[str]) -> bytes:
    name = _ROWS if table.key == FEATURES else _ANSWERS
    return f'{{"{name}": [{", ".join(objects)}]}}'.encode()


def decode_utf8(body: bytes, file: str | None) -> str:
    """Decode UTF-8 without a byte order mark. Raises BadData naming the row when it is not."""
    try:
        return body.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise BadData("is not UTF-8 text", where=Location(file, row)) from error


def _find_rows(value: Any, file: str | None) -> list[Any]:
    rows = value
    if isinstance(value, dict):
        lists = (value[name] for name in (_ROWS, _ANSWERS) if isinstance(value.get(name), list))
        rows = next(lists, value.get(_ROWS, [value]))
    if not isinstance(rows, list):
        raise BadData("must hold a list of rows", where=Location(file))
    alone = rows is value and not any(isinstance(cell, list | dict) for cell in rows)
    return [rows] if alone and rows else rows


CODEC = _Json()
