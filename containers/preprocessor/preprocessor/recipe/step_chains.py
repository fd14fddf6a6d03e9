"""From what is asked for a column to chains of steps; each chain gives a block of features."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preprocessor.recipe.column_types import INTERACTIONS, TYPES
from preprocessor.transforms.options import Address, plain, read_all, typed
from preprocessor.transforms.steps import STEPS
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.data.schema.fields import FieldKind

TYPE = "type"


@dataclass(frozen=True)
class Applied:
    """A step and all its options, as plain JSON values."""

    step: str
    options: Mapping[str, Any]

    def __str__(self) -> str:
        first, *rest = STEPS[self.step].options or [None]
        words = [] if first is None else [str(self.options[first.name])]
        words += [
            f"{option.name}={self.options[option.name]}"
            for option in rest
            if option
            and self.options.get(option.name, plain(option.default)) != plain(option.default)
        ]
        return " ".join([self.step, *(word for word in words if word != "None")])


@dataclass(frozen=True)
class Chain:
    """Steps one after the other, on columns of one field; without any, numbers stay as they are."""

    field: FieldKind
    steps: tuple[Applied, ...]

    @property
    def key(self) -> str:
        """What columns that can be treated together have in common."""
        return json.dumps([self.field, [[a.step, a.options] for a in self.steps]], sort_keys=True)

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "as it is"


def chains(
    asked: Mapping[str, object], values: HyperparameterValues, address: Address
) -> tuple[Chain, ...]:
    """Return the chains of one treatment, whose `type` is known.

    Raises UserError, with its place, for a step or an option that does not exist.
    """
    kind = (TYPES | INTERACTIONS)[str(asked[TYPE])]
    for name in asked:
        if name not in (TYPE, *kind.steps):
            raise address.unknown(f"step of type {kind.name}", name, (TYPE, *kind.steps))
    usually = kind.usual(values)
    if any(asked.get(end) for end in kind.ends):
        usually = {name: value for name, value in usually.items() if name not in kind.ends}
    wishes = {**usually, **{k: v for k, v in asked.items() if k != TYPE and v is not None}}

    def applied(name: str) -> list[Applied]:
        wish = wishes.get(name, False)
        if wish is False:
            return []
        step = STEPS[name]
        options = read_all(step.options, wish, address.at(name), f"step {name}")
        return [] if step.idle(typed(options)) else [Applied(name, options)]

    def chain(*names: str) -> Chain:
        return Chain(kind.field, tuple(step for name in names for step in applied(name)))

    ends = [chain(*kind.chain, end) for end in kind.ends if applied(end)]
    asides = [chain(name) for name in kind.aside if applied(name)]
    main = ends or ([] if kind.ends else [chain(*kind.chain)])
    if not main + asides:
        raise address.error(f"asks for nothing of a {kind.name}", f"It may have {kind.ends}")
    return (*main, *asides)
