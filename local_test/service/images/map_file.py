"""Reads the map of images from TOML files."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.images.image_map import USES, ImageMap, MapEntry
from local_test.toml_file import read_toml

STATE_FILE = "images.toml"
"""The user's file in the folder of the service's state."""

_DEFAULTS = Path(__file__).with_name("stand_ins.toml")
_TABLE = "images"
_HEADER = f"[[{_TABLE}]]"
_LISTS = ("repository", "tag", "account", "region", "use")
_KEYS = [item.name for item in fields(MapEntry)]


def read_image_map(state: Path, file: Path | None = None) -> ImageMap:
    """Return the default entries behind those of `file` and of the state folder's `images.toml`.

    Raises UserError when a file does not exist or is invalid.
    """
    own = [] if file is None else read_entries(file)
    if (state / STATE_FILE).exists():
        own += read_entries(state / STATE_FILE)
    return ImageMap([*own, *read_entries(_DEFAULTS)])


def read_entries(path: Path) -> list[MapEntry]:
    """Return the entries of a file. Raises UserError with the line when it is invalid."""
    text, content = read_toml(path)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(_HEADER)]
    tables = content.get(_TABLE, [])
    if set(content) - {_TABLE} or not isinstance(tables, list) or len(lines) != len(tables):
        raise UserError(f"{path} has more than entries {_HEADER}", f"write {_HEADER} entries only")
    return [
        _read_entry(table, f"{path}, entry in line {line}")
        for table, line in zip(tables, lines, strict=True)
    ]


def _read_entry(table: Mapping[str, Any], place: str) -> MapEntry:
    for key, value in table.items():
        if key not in _KEYS:
            raise UserError(f"{place}: unknown key {key!r}", f"use {', '.join(_KEYS)}")
        if not _has_type(key, value):
            raise UserError(f"{place}: {key} has a wrong type", _describe_type(key))
    values: dict[str, Any] = {
        key: [value] if key in _LISTS and isinstance(value, str) else value
        for key, value in table.items()
    }
    if not values.get("repository"):
        raise UserError(f"{place}: repository is missing", 'write repository = "NAME"')
    for use in values.get("use", ()):
        if use not in USES:
            raise UserError(f"{place}: unknown use {use!r}", f"use {', '.join(USES)}")
    if bool(values.get("image")) == bool(values.get("refusal")):
        raise UserError(f"{place}: needs an image or a refusal", "write one of the two")
    return MapEntry(**values)


def _has_type(key: str, value: object) -> bool:
    if key == "environment":
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if key in _LISTS and isinstance(value, list):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, str)


def _describe_type(key: str) -> str:
    if key == "environment":
        return 'write { NAME = "value" }'
    return "write a text or a list of texts" if key in _LISTS else "write a text"
