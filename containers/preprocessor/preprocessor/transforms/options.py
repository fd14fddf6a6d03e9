"""Options of steps and columns: declared once, read from JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tandem.contract.hyperparameters import Hyperparameter, HyperparameterValues, Mark
from tandem.contract.value_types import Kind, words_of
from tandem.errors import Location, UserError, did_you_mean, join_words

Option = Hyperparameter
Options = HyperparameterValues


@dataclass(frozen=True)
class RecipeAddress:
    """The location of a value in a recipe: `path` in `file`, or in a hyperparameter if None."""

    file: str | None = None
    path: tuple[str, ...] = ()

    def child(self, *names: str) -> RecipeAddress:
        """Return the address of a value inside this one."""
        return RecipeAddress(self.file, (*self.path, *names))

    def __str__(self) -> str:
        return ("" if self.file else "hyperparameter ") + repr(".".join(self.path))

    def error(self, what: str, remedy: str = "") -> UserError:
        """Return the error of this address; its sentence is the address, then `what`."""
        return UserError(f"{self} {what}", where=Location(file=self.file), remedy=remedy)

    def unknown_name(self, what: str, name: str, known: Iterable[str]) -> UserError:
        """Return the error of a name that is not one of `known`, with the most similar one."""
        names = list(known)
        hint = did_you_mean(name, names)
        return self.child(name).error(
            f"is no {what}" + (f"; {hint}" if hint else ""),
            remedy="" if hint else f"There {_is_or_are(names)} {join_words(names) or 'none'}",
        )


def read_option(option: Option[Any], value: object, address: RecipeAddress) -> object:
    """Return one value as JSON has it. Raises UserError when it is not of the option's kind."""
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        return to_json_value(option.kind.parse(text))
    except (ValueError, OverflowError) as error:
        kind = option.kind.name
        what = kind if kind.startswith("one of") else f"a {kind}"
        raise address.error(f"must be {what}, and is {text[:60]!r}") from error


def read_options(
    options: Sequence[Option[Any]], spec: object, address: RecipeAddress, owner: str
) -> dict[str, object]:
    """Return all options of one owner, by name, as JSON values.

    `spec` is true for the defaults, a scalar for the first option, or an object. Raises UserError
    when an option is unknown, is required and missing, or has a value of another kind.
    """
    spec = {} if spec is True else spec
    if not isinstance(spec, Mapping):
        if not options:
            raise address.error("takes no options", remedy="Write true")
        spec = {options[0].name: spec}
    by_name = {option.name: option for option in options}
    for name in spec:
        if name not in by_name:
            raise address.unknown_name(f"option of {owner}", str(name), by_name)
    return {
        name: _read_default(option, address.child(name))
        if spec.get(name) is None
        else read_option(option, spec[name], address.child(name))
        for name, option in by_name.items()
    }


def to_options(values: Mapping[str, object]) -> Options:
    """Return JSON values as typed options: `options[STRATEGY]`."""
    return HyperparameterValues(values, frozenset())


def to_json_value(value: object) -> object:
    """Return a value as JSON has it: a tuple as a list."""
    return list(value) if isinstance(value, tuple) else value


def list_of(allowed: Sequence[str]) -> Kind[tuple[str, ...]]:
    """Return the kind of option that is a list of some of the `allowed` words."""
    kind = words_of(lambda word: word in allowed, f"list of {', '.join(allowed)}")
    items = {"type": "string"}
    return Kind(kind.name, kind.parse, {"type": ["array", "string"], "items": items})


def _read_default(option: Option[Any], address: RecipeAddress) -> object:
    if isinstance(option.default, Mark):
        raise address.error("is required", remedy=option.sentence.rstrip("."))
    return to_json_value(option.default)


def _is_or_are(names: Sequence[str]) -> str:
    return "is" if len(names) < 2 else "are"
