"""The recipe: type and treatments of each column, readable by people and used by serving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from preprocessor.recipe import feature_groups, number_format, policies, target_transform
from preprocessor.recipe.column_types import TYPES
from preprocessor.recipe.feature_groups import FeatureGroup
from preprocessor.recipe.policies import SeenValues
from preprocessor.recipe.step_chains import AppliedStep, StepChain
from preprocessor.recipe.target_transform import TargetTransform
from tandem.data.schema.fields import Field, FieldKind
from tandem.data.schema.policies import Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location, UserError

NAME = "recipe.json"
DROP = "drop"
# The types of column whose numbers and booleans have one spelling; those of interactions have, too.
SPELLED = ("category",)


@dataclass(frozen=True)
class Column:
    """An input column: its type, its treatments, the reason, and its values in training.

    `type` is one of `TYPES`, or `drop`, `identifier`, `constant` or `empty`. Each of `treatments`
    makes a block of features; a column without any is left out. `policies` are the rules for
    unusual values, and `seen` the usual ones: minimum and maximum, or the categories. A `complete`
    column had a value in every training row. `remark` is what a person should check. `format` is
    the number format, None for plain digits.
    """

    name: str
    type: str
    treatments: tuple[StepChain, ...]
    reason: str
    missing: int
    distinct: int
    policies: Mapping[str, str] = field(default_factory=dict)
    seen: SeenValues = None
    complete: bool = False
    remark: str = ""
    format: NumberFormat | None = None

    def to_field(self, kind: FieldKind, *, one_spelling: bool = False) -> Field:
        """Return the field of the input schema, with the policy for unusual values."""
        rules = policies.build_policy(self.type, self.policies, self.seen, complete=self.complete)
        one_spelling = one_spelling and kind == "text"
        return Field(self.name, kind, rules, self.format, one_spelling, self.lower)

    @property
    def lower(self) -> bool:
        """Whether every treatment of the column's texts converts them to lower case."""
        steps = [{applied.step for applied in chain.steps} for chain in self.treatments]
        reading = [names for names in steps if names != {"flag"}]
        return bool(reading) and all("lower" in names for names in reading)

    @property
    def treatment_text(self) -> str:
        """The treatments as text."""
        return "; ".join(map(str, self.treatments)) or "left out"


@dataclass(frozen=True)
class Interaction:
    """Columns that are combined, and their treatments; each treatment makes a block."""

    columns: tuple[str, ...]
    treatments: tuple[StepChain, ...]


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that share a chain of steps and make one block of features."""

    name: str
    chain: StepChain
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """Every decision about the data, made before the fit.

    `features` are the names of the fitted features, and `sources` the columns of each, in the same
    order. `classes` are the target's class names in label order, None for a number, and `terms` is
    its transform. `interactions` make features beside those of the columns. `weight` is the weight
    column. `strip_blanks`: blanks around texts are stripped. `target_lower`: class names are read
    in lower case. `one_spelling`: categories and classes have one spelling of numbers and booleans;
    False in recipes of version 0.1.0. `target_format` is the number format of the target, None for
    plain digits. `left_out` counts the training rows without a target, which are not in `rows`.
    `features_from` are the feature groups of columns that a request may lack.
    """

    version: str
    target: str | None
    classes: tuple[str, ...] | None
    missing_values: tuple[str, ...]
    layout: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    features: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()
    terms: TargetTransform = field(default_factory=TargetTransform)
    interactions: tuple[Interaction, ...] = ()
    weight: str | None = None
    strip_blanks: bool = False
    one_spelling: bool = False
    target_lower: bool = False
    target_format: NumberFormat | None = None
    left_out: int = 0
    features_from: tuple[FeatureGroup, ...] = ()

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that become features."""
        return tuple(column for column in self.columns if column.treatments)

    @property
    def blocks(self) -> tuple[ColumnGroup, ...]:
        """The columns grouped by equal chains, in the order of the types."""
        types = list(TYPES)
        groups: dict[str, tuple[StepChain, list[str]]] = {}
        for column in sorted(self.used, key=lambda column: types.index(column.type)):
            for chain in column.treatments:
                groups.setdefault(chain.key, (chain, []))[1].append(column.name)
        for each in self.interactions:
            for chain in each.treatments:
                groups[f"{chain.key} {each.columns}"] = (chain, list(each.columns))
        return tuple(
            ColumnGroup(f"{_name_chain(chain)}-{index}", chain, tuple(names))
            for index, (chain, names) in enumerate(groups.values())
        )

    def build_schema(self) -> RecordSchema:
        """Return the input schema of a row, the same in training and in serving."""
        kinds = {name: i.treatments[0].field for i in self.interactions for name in i.columns}
        spelled = kinds.keys() | {c.name for c in self.columns if c.type in SPELLED}
        kinds |= {column.name: column.treatments[0].field for column in self.used}
        missing = {"", *self.missing_values}
        return RecordSchema(
            fields=tuple(
                c.to_field(kinds[c.name], one_spelling=self.one_spelling and c.name in spelled)
                for c in self.columns
                if c.name in kinds
            ),
            layout=self.layout,
            label=self._build_label(self.target) if self.target else None,
            missing=frozenset(map(str.strip, missing) if self.strip_blanks else missing),
            weight=Field(self.weight, "number") if self.weight else None,
            strip=self.strip_blanks,
            omitted=frozenset(name for source in self.features_from for name in source.names),
        )

    def _build_label(self, target: str) -> Field:
        if not self.classes:
            return Field(target, "number", format=self.target_format)
        names = Policy(known=frozenset(self.classes))
        return Field(target, "text", names, one_spelling=self.one_spelling, lower=self.target_lower)

    def to_json(self) -> bytes:
        """Return the recipe as JSON: one key a line, one column a line."""
        values = asdict(self)
        lines = [f" {_format_json(name)}: {_format_json(value)}" for name, value in values.items()]
        columns = ",\n".join(f"  {_format_json(column)}" for column in values["columns"])
        lines[list(values).index("columns")] = f' "columns": [\n{columns}\n ]'
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises UserError when the file is not a recipe of this version."""
    values = read_json_object(path)
    try:
        columns = tuple(_column_from_json(**column) for column in values.pop("columns"))
        sources = tuple(tuple(names) for names in values.pop("sources"))
        interactions = tuple(_interaction_from_json(**each) for each in values.pop("interactions"))
        of_target = target_transform.from_json(values.pop("terms"))
        tuples: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        tuples["target_format"] = number_format.format_from_json(values.get("target_format"))
        tuples["features_from"] = tuple(
            map(feature_groups.source_from_json, values.get("features_from", ()))
        )
        tuples |= {"columns": columns, "sources": sources, "interactions": interactions}
        return Recipe(terms=of_target, **tuples)
    except (KeyError, TypeError) as error:
        raise UserError(
            "is not a recipe this version reads",
            where=Location(file=str(path)),
            remedy="Train again with this image",
        ) from error


def _column_from_json(
    *,
    treatments: list[dict[str, Any]],
    seen: list[Any] | None = None,
    format: dict[str, Any] | None = None,  # noqa: A002 - the key of the file
    **rest: Any,
) -> Column:
    known = None if seen is None else tuple(seen)
    chains = tuple(chain_from_json(values) for values in treatments)
    return Column(
        treatments=chains, seen=known, format=number_format.format_from_json(format), **rest
    )


def _interaction_from_json(columns: list[str], treatments: list[dict[str, Any]]) -> Interaction:
    return Interaction(tuple(columns), tuple(chain_from_json(values) for values in treatments))


def chain_from_json(values: Mapping[str, Any]) -> StepChain:
    """Rebuild a chain from its JSON values."""
    return StepChain(values["field"], tuple(AppliedStep(**step) for step in values["steps"]))


def _name_chain(chain: StepChain) -> str:
    if not chain.steps:
        return chain.field
    last = chain.steps[-1]
    return str(last.options["class"]) if last.step == "transformer" else last.step


def _format_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises UserError when the file is missing or holds none."""
    where = Location(file=str(path))
    if not path.is_file():
        raise UserError("there is no such file", where=where, remedy="Train writes it")
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError("is not valid JSON", where=where) from error
    if not isinstance(values, dict):
        raise UserError("must hold a JSON object", where=where)
    return values
