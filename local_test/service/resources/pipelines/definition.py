"""A pipeline's definition, checked: its parameters, and its steps with what each waits for.

Source: the schema of pipeline definitions, 2020-12-01.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import Fault, invalid
from local_test.service.resources.pipelines.references import steps_in

_READ: Mapping[str, Callable[[Any], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda value: value is True or str(value).lower() == "true",
}


@dataclass(frozen=True)
class Step:
    """One step; it begins when all of `needs` have succeeded, in the `branch` of a condition."""

    name: str
    kind: str
    arguments: Mapping[str, Any]
    needs: frozenset[str]
    branch: tuple[str, bool] | None = None
    files: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Definition:
    """Parameters by name, and steps by name."""

    parameters: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Step]

    def values(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return each parameter its value, given or by default. Raises Fault."""
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            raise invalid(f"Unknown parameters: {', '.join(unknown)}.")
        return {name: _value(name, told, given) for name, told in self.parameters.items()}


def parse(text: str) -> Definition:
    """Read and check a definition. Raises Fault, naming the step."""
    try:
        told = json.loads(text)
        parameters = {item["Name"]: item for item in told.get("Parameters", ())}
        found = list(_steps(told["Steps"], None))
    except ValueError as error:
        raise _wrong(f"it is not JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise _wrong(f"a step or parameter lacks {error}") from error
    steps = {step.name: step for step in found}
    if not steps or len(steps) < len(found):
        raise _wrong("it needs steps, each with a name of its own")
    for step in found:
        missing = sorted(step.needs - set(steps))
        if missing:
            raise _wrong(f"step {step.name} refers to {', '.join(missing)}, which is no step")
        _check_circle(step.name, steps)
    return Definition(parameters, steps)


def _steps(told: Sequence[Mapping[str, Any]], branch: tuple[str, bool] | None) -> Iterator[Step]:
    for item in told:
        name, arguments = item["Name"], dict(item["Arguments"])
        inner = {True: arguments.pop("IfSteps", ()), False: arguments.pop("ElseSteps", ())}
        needs = {*item.get("DependsOn", ()), *steps_in(arguments)}
        needs |= {branch[0]} if branch else set()
        files = item.get("PropertyFiles", ())
        yield Step(name, item["Type"], arguments, frozenset(needs), branch, files)
        for outcome, steps in inner.items():
            yield from _steps(steps, (name, outcome))


def _check_circle(name: str, steps: Mapping[str, Step]) -> None:
    seen, ahead = set[str](), set(steps[name].needs)
    while ahead:
        seen |= ahead
        ahead = {need for step in ahead if step in steps for need in steps[step].needs} - seen
    if name in seen:
        raise _wrong(f"step {name} waits for itself")


def _value(name: str, told: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    value = given.get(name, told.get("DefaultValue"))
    if value is None:
        raise invalid(f"The parameter {name} has no default and must be given.")
    try:
        value = _READ[told["Type"]](value)
    except (KeyError, ValueError) as error:
        raise invalid(f"The parameter {name}: {value!r} is no {told.get('Type')}.") from error
    if value not in told.get("EnumValues", [value]):
        raise invalid(f"The parameter {name} is {value!r}, none of {told['EnumValues']}.")
    return value


def _wrong(what: str) -> Fault:
    return invalid(f"Unable to parse pipeline definition: {what}.")
