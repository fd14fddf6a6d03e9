"""Options: what a step or a column can be told, declared once and read from JSON or YAML."""

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
class Address:
    """A place in what the user wrote: in a recipe's file, or in a hyperparameter without one."""

    file: str | None = None
    path: tuple[str, ...] = ()

    def at(self, *names: str) -> Address:
        """Return the place below."""
        return Address(self.file, (*self.path, *names))

    def __str__(self) -> str:
        return ("" if self.file else "hyperparameter ") + repr(".".join(self.path))

    def error(self, what: str, remedy: str = "") -> UserError:
        """Return the error for this place: `what` goes on after its name."""
        return UserError(f"{self} {what}", where=Location(file=self.file), remedy=remedy)

    def unknown(self, what: str, name: str, known: Iterable[str]) -> UserError:
        """Return the error for a name that is none of `known`, with the nearest one."""
        names = list(known)
        hint = did_you_mean(name, names)
        return self.at(name).error(
            f"is no {what}" + (f"; {hint}" if hint else ""),
            remedy="" if hint else f"There {_be(names)} {join_words(names) or 'none'}",
        )


def read(option: Option[Any], value: object, address: Address) -> object:
    """Read one value as plain JSON. Raises UserError with the place of a value that is not it."""
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        return plain(option.kind.parse(text))
    except (ValueError, OverflowError) as error:
        kind = option.kind.name
        what = kind if kind.startswith("one of") else f"a {kind}"
        raise address.error(f"must be {what}, and is {text[:60]!r}") from error


def read_all(
    options: Sequence[Option[Any]], given: object, address: Address, owner: str
) -> dict[str, object]:
    """Read the options of one owner: true for the defaults, a scalar for the first, or an object.

    Raises UserError for an option that is not there, is missing, or has another kind of value.
    """
    given = {} if given is True else given
    if not isinstance(given, Mapping):
        if not options:
            raise address.error("takes no options", remedy="Write true")
        given = {options[0].name: given}
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            raise address.unknown(f"option of {owner}", str(name), known)
    return {
        name: _default(option, address.at(name))
        if given.get(name) is None
        else read(option, given[name], address.at(name))
        for name, option in known.items()
    }


def typed(values: Mapping[str, object]) -> Options:
    """Return plain values as an object that knows their types: `options[STRATEGY]`."""
    return HyperparameterValues(values, frozenset())


def plain(value: object) -> object:
    """Return a value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def chosen(allowed: Sequence[str]) -> Kind[tuple[str, ...]]:
    """Return the kind of a list of parts."""
    kind = words_of(lambda word: word in allowed, f"list of {', '.join(allowed)}")
    items = {"type": "string"}
    return Kind(kind.name, kind.parse, {"type": ["array", "string"], "items": items})


def _default(option: Option[Any], address: Address) -> object:
    if isinstance(option.default, Mark):
        raise address.error("is required", remedy=option.sentence.rstrip("."))
    return plain(option.default)


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) < 2 else "are"
