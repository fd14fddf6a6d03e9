"""Builds chains of steps from the requested treatment of a column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preprocessor.recipe.column_types import INTERACTIONS, TYPES
from preprocessor.transforms.options import RecipeAddress, read_options, to_json_value, to_options
from preprocessor.transforms.steps import STEPS
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.data.schema.fields import FieldKind

TYPE = "type"


@dataclass(frozen=True)
class AppliedStep:
    """A step and its complete options, as plain JSON values."""

    step: str
    options: Mapping[str, Any]

    def __str__(self) -> str:
        first, *rest = STEPS[self.step].options or [None]
        words = [] if first is None else [str(self.options[first.name])]
        words += [
            f"{option.name}={self.options[option.name]}"
            for option in rest
            if option
            and self.options.get(option.name, to_json_value(option.default))
            != to_json_value(option.default)
        ]
        return " ".join([self.step, *(word for word in words if word != "None")])


@dataclass(frozen=True)
class StepChain:
    """Steps applied in order to columns of one field; without steps, numbers are passed through."""

    field: FieldKind
    steps: tuple[AppliedStep, ...]

    @property
    def key(self) -> str:
        """Grouping key: columns with equal keys share one block of the ColumnTransformer."""
        return json.dumps([self.field, [[a.step, a.options] for a in self.steps]], sort_keys=True)

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "as it is"


def build_chains(
    treatment: Mapping[str, object], values: HyperparameterValues, address: RecipeAddress
) -> tuple[StepChain, ...]:
    """Return the chains of one treatment with a known `type`.

    Raises UserError, with its location, when a step or an option is unknown.
    """
    kind = (TYPES | INTERACTIONS)[str(treatment[TYPE])]
    for name in treatment:
        if name not in (TYPE, *kind.steps):
            raise address.unknown_name(f"step of type {kind.name}", name, (TYPE, *kind.steps))
    defaults = kind.default(values)
    if any(treatment.get(end) for end in kind.encoders):
        defaults = {name: value for name, value in defaults.items() if name not in kind.encoders}
    wishes = {**defaults, **{k: v for k, v in treatment.items() if k != TYPE and v is not None}}

    def apply_step(name: str) -> list[AppliedStep]:
        wish = wishes.get(name, False)
        if wish is False:
            return []
        step = STEPS[name]
        options = read_options(step.options, wish, address.child(name), f"step {name}")
        return [] if step.is_idle(to_options(options)) else [AppliedStep(name, options)]

    def chain(*names: str) -> StepChain:
        return StepChain(kind.field, tuple(step for name in names for step in apply_step(name)))

    ends = [chain(*kind.sequence, end) for end in kind.encoders if apply_step(end)]
    asides = [chain(name) for name in kind.indicators if apply_step(name)]
    main = ends or ([] if kind.encoders else [chain(*kind.sequence)])
    if not main + asides:
        raise address.error(f"asks for nothing of a {kind.name}", f"It may have {kind.encoders}")
    return (*main, *asides)
