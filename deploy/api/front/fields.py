"""The fields of a record, as the model's recipe has them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_ANY = (str, int, float, bool)
# What JSON may hold for a type of column. A whole number may stand for the text of a category.
_JSON_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "number": ((int, float), "a number"),
    "category": ((str, int), "a text or a whole number"),
    "boolean": ((bool, str, int), "true or false"),
    "datetime": ((str, int, float), "a text or a number"),
    "text": ((str,), "a text"),
}
_SCHEMA_TYPES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}


@dataclass(frozen=True)
class Field:
    """One field: its kind of column, whether a record must have it, and what training saw of it.

    `seen` is the least and the greatest number of a `number`, or the categories of a `category`.
    `lenient` is a number that may be a text: one in a format, or one the recipe takes for missing.
    """

    name: str
    kind: str
    required: bool
    seen: tuple[Any, ...] = ()
    lenient: bool = False

    def find_flaw(self, value: object) -> str:
        """Say what is wrong with a value's type; nothing where it fits. null is missing."""
        types, words = self._types
        if isinstance(value, bool):
            fits = bool in types
        else:
            fits = value is None or isinstance(value, types)
        if not fits:
            return f"{words} or null is expected, not {_describe_type(value)}"
        if isinstance(value, str) and not _is_encodable(value):
            return "the text has half of a surrogate pair, which is no character"
        if isinstance(value, int | float) and self.kind != "category" and not _is_finite(value):
            return "the number is too large"
        return ""

    def to_json_schema(self) -> dict[str, Any]:
        """Return the field's JSON Schema: its types, and what training saw as examples."""
        types, _ = self._types
        names = [_SCHEMA_TYPES[each] for each in types]
        if "number" in names and "integer" in names:
            names.remove("integer")
        schema: dict[str, Any] = {"type": [*names, "null"]}
        return schema | ({"examples": list(self.seen)} if self.seen else {})

    @property
    def _types(self) -> tuple[tuple[type, ...], str]:
        types, words = _JSON_TYPES.get(self.kind, (_ANY, "a text, a number, true, false"))
        return ((*types, str), words) if self.lenient else (types, words)


@dataclass(frozen=True)
class FetchedFields:
    """Fields that the endpoint fetches from a feature store, by the identifier in another field."""

    identifier: str
    names: tuple[str, ...]

    def find_flaw(self, record: Mapping[str, Any]) -> str:
        """Say that a record has neither the fields nor their identifier; nothing where it has."""
        if self.identifier in record or record.keys() >= {*self.names}:
            return ""
        return f"is missing; by it the endpoint finds {', '.join(self.names)}"


@dataclass(frozen=True)
class Fields:
    """All fields in the order of the training data, and the column that is predicted.

    No record has the `withheld` columns. Records may lack those of `fetched`.
    """

    target: str | None
    fields: Mapping[str, Field]
    withheld: frozenset[str]
    fetched: tuple[FetchedFields, ...] = ()

    @property
    def required(self) -> Sequence[str]:
        """The names a record must have."""
        return [field.name for field in self.fields.values() if field.required]

    def explain_unknown(self, name: str) -> str:
        """Say what is wrong with a name that is no field's."""
        if name in self.withheld:
            return "is known in training alone; leave it out"
        near = get_close_matches(name, self.fields, 1)
        return "is no field of this model" + (f"; did you mean {near[0]!r}?" if near else "")

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of a record."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {name: field.to_json_schema() for name, field in self.fields.items()},
            "required": self.required,
            "additionalProperties": False,
            "x-predicts": self.target,
        }


def load(path: Path) -> Fields:
    """Read the fields off a `recipe.json`. Raises ValueError when the file is none."""
    try:
        return read(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def read(content: bytes) -> Fields:
    """Read the fields off the content of a `recipe.json`. Raises ValueError when it is none."""
    try:
        recipe = json.loads(content)
        crossed = {name for each in recipe["interactions"] for name in each["columns"]}
        columns = {column["name"]: _make_field(column, crossed) for column in recipe["columns"]}
        withheld = {recipe["target"], recipe["weight"]} - {None}
        ordered = {name: columns[name] for name in recipe["layout"] if name not in withheld}
        fetched = tuple(
            FetchedFields(group["identifier"], tuple(name for name, _ in group["columns"]))
            for group in recipe.get("features_from", ())
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"is no recipe of this version: {error!r}") from error
    for name in {name for group in fetched for name in group.names} & ordered.keys():
        ordered[name] = replace(ordered[name], required=False)
    return Fields(recipe["target"], ordered, frozenset(withheld), fetched)


def _make_field(column: Mapping[str, Any], crossed: set[str]) -> Field:
    policies = column["policies"]
    used = bool(column["treatments"]) or column["name"] in crossed
    return Field(
        name=column["name"],
        kind=column["type"],
        required=used and policies.get("missing_column", "error") == "error",
        seen=tuple(column["seen"] or ()),
        lenient=policies.get("unparsable") == "missing" or bool(column.get("format")),
    )


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _describe_type(value: object) -> str:
    names = {str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "a list")
