"""The recipe: what is done to each column, as a person reads it and as serving needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from preprocessor.steps import STEPS
from tandem.data.schemas import Field, FieldKind, RecordSchema
from tandem.errors import UserError, Where

NAME = "recipe.json"
DROP = "drop"


@dataclass(frozen=True)
class Column:
    """One input column: the step that treats it (or `drop`), why, and what training saw."""

    name: str
    step: str
    options: Mapping[str, str]
    reason: str
    missing: int
    distinct: int


@dataclass(frozen=True)
class Recipe:
    """Everything that was decided before anything was fitted; `features` are the fitted names.

    `classes` are the target's class names in the order of their numbers, where it has any.
    """

    version: str
    target: str | None
    classes: tuple[str, ...] | None
    missing_values: tuple[str, ...]
    layout: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    features: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that become features."""
        return tuple(column for column in self.columns if column.step != DROP)

    def schema(self) -> RecordSchema:
        """Give the input schema: what is read from every row, in training and in serving."""
        label_kind: FieldKind = "text" if self.classes else "number"
        return RecordSchema(
            fields=tuple(Field(c.name, STEPS[c.step].field) for c in self.used),
            layout=self.layout,
            label=Field(self.target, label_kind) if self.target else None,
            missing=frozenset({"", *self.missing_values}),
        )

    def to_json(self) -> bytes:
        """Write the recipe for people: one key a line, one column a line."""
        values = asdict(self)
        lines = [f" {_compact(name)}: {_compact(value)}" for name, value in values.items()]
        columns = ",\n".join(f"  {_compact(column)}" for column in values["columns"])
        lines[list(values).index("columns")] = f' "columns": [\n{columns}\n ]'
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def load(path: Path) -> Recipe:
    """Read a recipe. Raises UserError when the file is not one of this version."""
    values = read_json(path)
    try:
        columns = tuple(Column(**column) for column in values.pop("columns"))
        tuples: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return Recipe(columns=columns, **tuples)
    except (KeyError, TypeError) as error:
        raise UserError(
            "is not a recipe this version reads",
            where=Where(file=str(path)),
            remedy="Train again with this image",
        ) from error


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises UserError when there is none."""
    where = Where(file=str(path))
    if not path.is_file():
        raise UserError("there is no such file", where=where, remedy="Train writes it")
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError("is not valid JSON", where=where) from error
    if not isinstance(values, dict):
        raise UserError("must hold a JSON object", where=where)
    return values
