"""The JSON Schema of a recipe file, generated from types, steps and hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preprocessor.hyperparameters import COLUMNS, INTERACTIONS, POLICIES, SCHEMA
from preprocessor.recipe.column_types import INTERACTIONS as KINDS
from preprocessor.recipe.column_types import TYPES, ColumnType
from preprocessor.recipe.definition import DROP
from preprocessor.recipe.number_format import FORMAT, OPTIONS
from preprocessor.recipe.policies import list_policies
from preprocessor.recipe.recipe_request import INTERACTION_COLUMNS
from preprocessor.recipe.step_chains import TYPE
from preprocessor.transforms.options import Option, to_json_value
from preprocessor.transforms.steps import STEPS, Step
from tandem.contract.hyperparameters import Mark

Schema = dict[str, Any]


def build_schema() -> Schema:
    """Return the schema as JSON values."""
    properties = {p.name: _describe_option(p) for p in SCHEMA if p is not COLUMNS}
    properties[INTERACTIONS.name] |= {
        "items": {"anyOf": [_list_columns(), _refer_to("interaction")]}
    }
    columns = {
        "description": COLUMNS.sentence,
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/column"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe of the preprocessor image",
        **_close_object(properties | {COLUMNS.name: columns}),
        "$defs": {
            "column": {"anyOf": [_allow_word(), _refer_to("treatment"), _allow_several()]},
            "treatment": {"anyOf": [_refer_to(f"type-{name}") for name in TYPES]},
            "interaction": {"anyOf": [_refer_to(f"interaction-{name}") for name in KINDS]},
            **{f"interaction-{kind.name}": _describe_interaction(kind) for kind in KINDS.values()},
            **{f"type-{kind.name}": _describe_type(kind) for kind in TYPES.values()},
            FORMAT: {
                "description": "How the numbers of the column are written.",
                **_close_object({option.name: _describe_option(option) for option in OPTIONS}),
            },
            **{f"step-{step.name}": _describe_step(step) for step in STEPS.values()},
        },
    }


def _allow_word() -> Schema:
    steps = dict.fromkeys(step for kind in TYPES.values() for step in kind.steps)
    return {"enum": [*TYPES, *steps, DROP]}


def _allow_several() -> Schema:
    """Allow several treatments: each makes features of its own."""
    return {
        "type": "array",
        "items": {"anyOf": [_allow_word(), _refer_to("treatment")]},
        "minItems": 1,
    }


def _describe_type(kind: ColumnType) -> Schema:
    steps = {name: _refer_to(f"step-{name}") for name in kind.steps}
    type_ = {"const": kind.name, "description": "Inferred where it is left out."}
    fitting = list_policies(kind.name)
    rules = {policy.name: _describe_option(policy) for policy in POLICIES if policy.name in fitting}
    number_format = {FORMAT: _refer_to(FORMAT)} if kind.name == "number" else {}
    return {
        "description": kind.sentence,
        **_close_object({TYPE: type_, **steps, **number_format, **rules}),
    }


def _list_columns() -> Schema:
    return {"type": "array", "items": {"type": "string"}, "minItems": 2}


def _describe_interaction(kind: ColumnType) -> Schema:
    steps = {name: _refer_to(f"step-{name}") for name in kind.steps if name != kind.name}
    closed = _close_object({INTERACTION_COLUMNS: _list_columns(), **steps})
    return {"description": kind.sentence, **closed, "required": [INTERACTION_COLUMNS]}


def _describe_step(step: Step) -> Schema:
    """Allow true (defaults), false (no step), a value of the first option, or all options."""
    first = [_describe_option(step.options[0])] if step.options else []
    options = _close_object({option.name: _describe_option(option) for option in step.options})
    return {
        "description": step.sentence,
        "anyOf": [{"type": "boolean"}, *first, options],
    }


def _describe_option(option: Option[Any]) -> Schema:
    default: Schema = {}
    if not isinstance(option.default, Mark) and option.default is not None:
        default = {"default": to_json_value(option.default)}
    return {"description": option.sentence, **option.kind.schema, **default}


def _close_object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _refer_to(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
