"""Declared hyperparameters, from which values are parsed, checked and documented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from tandem.contract.value_types import Kind
from tandem.errors import UserError, did_you_mean, join_words

T = TypeVar("T")

# Bookkeeping the platform and its SDK add to any job (Training Toolkit, params.py; and
# "Define metrics" of automatic model tuning).
_PLATFORM = ("sagemaker_", "_tuning_objective_metric")


class Mark(Enum):
    """Stands where a default would, for what has none."""

    REQUIRED = "required"


REQUIRED = Mark.REQUIRED


@dataclass(frozen=True)
class Condition:
    """A condition on another hyperparameter: `name` has one of `values`."""

    name: str
    values: tuple[str, ...]
    required: bool = False

    def __str__(self) -> str:
        return f"{self.name} {join_words(self.values, 'or')}"


@dataclass(frozen=True)
class Hyperparameter(Generic[T]):
    """One declared hyperparameter; `values[NUM_ROUND]` is its typed value.

    When the condition `needs` does not hold, a given value is left out with a remark; when it
    holds and is `required`, a value must be given. An `inert` one is accepted and left out. A
    name that ends in `.*` gathers every name that begins with it, and its value is an object.
    """

    name: str
    kind: Kind[T]
    default: T | Mark
    sentence: str
    aliases: tuple[str, ...] = ()
    needs: Condition | None = None
    inert: bool = False

    @property
    def prefix(self) -> str | None:
        """The common prefix of the gathered names, or None."""
        return self.name[:-1] if self.name.endswith(".*") else None


class HyperparameterValues:
    """The hyperparameters of one job, checked and typed.

    `given` are the names that the job sets and that have an effect; `remarks` are sentences about
    those that have none. `raw` are the texts as they were given.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        given: frozenset[str],
        remarks: Sequence[str] = (),
        raw: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._values = dict(values)
        self.given = given
        self.remarks = tuple(remarks)
        self.raw = raw

    def __getitem__(self, parameter: Hyperparameter[T]) -> T:
        value: T = self._values[parameter.name]
        return value

    def select_given(self, parameters: Iterable[Hyperparameter[Any]]) -> dict[str, Any]:
        """Return name and typed value of those of `parameters` that the job sets itself."""
        return {p.name: self._values[p.name] for p in parameters if p.name in self.given}

    def select_effective(self, parameters: Iterable[Hyperparameter[Any]]) -> dict[str, Any]:
        """Return name and typed value of those that have an effect in this job, defaults too."""
        return {
            p.name: self._values[p.name] for p in parameters if not _explain_idle(p, self._values)
        }

    def list_effective(self, parameters: Iterable[Hyperparameter[Any]]) -> dict[str, Any]:
        """Return what `select_effective` returns, with each gathered name by itself."""
        listed = {}
        for parameter in parameters:
            value = self.select_effective([parameter]).get(parameter.name)
            if parameter.prefix is None:
                listed[parameter.name] = value
            else:
                listed |= {f"{parameter.prefix}{key}": item for key, item in (value or {}).items()}
        return listed


def resolve_hyperparameters(
    schema: Sequence[Hyperparameter[Any]], raw: Mapping[str, str]
) -> HyperparameterValues:
    """Parse and check a job's hyperparameters against the schema.

    Raises UserError when a hyperparameter is unknown, missing, given under two names, or out of
    range.
    """
    texts = _resolve_names(schema, {name: strip_quotes(text) for name, text in raw.items()})
    values = {
        parameter.name: _parse(parameter, texts[parameter.name])
        if parameter.name in texts
        else _get_default(parameter)
        for parameter in schema
    }
    idle = {
        p.name: _explain_idle(p, values)
        for p in schema
        if p.name in texts and _explain_idle(p, values)
    }
    for parameter in schema:
        _check_required(parameter, values, texts)
        if parameter.name in idle:
            values[parameter.name] = _get_default(parameter)
    return HyperparameterValues(values, frozenset(texts) - set(idle), list(idle.values()), raw)


def _explain_idle(parameter: Hyperparameter[Any], values: Mapping[str, Any]) -> str:
    """Return why a given hyperparameter has no effect, "" when it has one."""
    name = f"hyperparameter '{parameter.name}' is left out"
    if parameter.inert:
        return f"{name}: {parameter.sentence}"
    needs = parameter.needs
    if needs is None or _format(values[needs.name]) in needs.values:
        return ""
    value = _format(values[needs.name])
    return f"{name}: it has an effect only with {needs}, and {needs.name} is {value}"


def _format(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_required(
    parameter: Hyperparameter[Any], values: Mapping[str, Any], texts: Mapping[str, str]
) -> None:
    needs = parameter.needs
    if needs is None or not needs.required or parameter.name in texts:
        return
    if _format(values[needs.name]) in needs.values:
        raise UserError(
            f"hyperparameter '{parameter.name}' is required by {needs.name} {values[needs.name]}"
        )


def strip_quotes(text: str) -> str:
    r"""Remove the JSON quotes that framework estimators put around text (`"\"gbtree\""`)."""
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _resolve_names(schema: Sequence[Hyperparameter[Any]], raw: Mapping[str, str]) -> dict[str, str]:
    names = {alias: p.name for p in schema for alias in (p.name, *p.aliases)}
    prefixes = {p.prefix: p.name for p in schema if p.prefix}
    gathered: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    for given, text in raw.items():
        prefix = next((prefix for prefix in prefixes if given.startswith(prefix)), None)
        if prefix:
            gathered.setdefault(prefixes[prefix], {})[given.removeprefix(prefix)] = text
            continue
        if given.startswith(_PLATFORM) and given not in names:
            continue
        if given not in names:
            hint = did_you_mean(given, names)
            raise UserError(
                f"hyperparameter '{given}' is unknown" + (f"; {hint}" if hint else ""),
                remedy="" if hint else f"Known are {join_words(sorted(names))}",
            )
        if names[given] in texts:
            raise UserError(f"hyperparameter '{names[given]}' is given twice, as '{given}' too")
        texts[names[given]] = text
    return texts | {name: json.dumps(members) for name, members in gathered.items()}


def _parse(parameter: Hyperparameter[Any], text: str) -> object:
    try:
        return parameter.kind.parse(text)
    except (ValueError, OverflowError) as error:
        raise UserError(
            f"hyperparameter '{parameter.name}' must be a {parameter.kind.name},"
            f" and is {text[:60]!r}"
        ) from error


def _get_default(parameter: Hyperparameter[T]) -> T:
    if isinstance(parameter.default, Mark):
        raise UserError(
            f"hyperparameter '{parameter.name}' is required",
            remedy=parameter.sentence.rstrip("."),
        )
    return parameter.default
