"""Steps that decide which of two branches runs, by the conditions of a pipeline definition.

Source: the schema of pipeline definitions, 2020-12-01.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.pipelines.steps.step_kind import EndedStep, StepContext, StepEnd
from local_test.service.storage.records import Record

Resolve = Callable[[Any], Any]
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "NotEquals": operator.ne,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
TYPES = frozenset({*_OPERATORS, "In", "NotIn", "Not", "Or"})


def is_true(condition: Mapping[str, Any], resolve: Resolve) -> bool:
    """Return True if a condition is true; `resolve` returns the value of an operand.

    The SDK and the published schema differ in the names of some fields; both are read. Raises
    ApiError when its type is unknown or its values cannot be compared.
    """
    kind = str(condition.get("Type"))
    if kind == "Not":
        return not is_true(_get_either(condition, "Condition", "Expression"), resolve)
    if kind == "Or":
        return any(is_true(item, resolve) for item in condition["Conditions"])
    if kind in {"In", "NotIn"}:
        value = resolve(_get_either(condition, "QueryValue", "Value"))
        values = resolve(_get_either(condition, "Values", "In"))
        return (value in values) is (kind == "In")
    if kind not in _OPERATORS:
        raise invalid(f"{kind} is no kind of condition: {', '.join(sorted(TYPES))}.")
    left, right = resolve(condition["LeftValue"]), resolve(condition["RightValue"])
    try:
        return bool(_OPERATORS[kind](left, right))
    except TypeError as error:
        raise invalid(f"{left!r} and {right!r} cannot be compared.") from error


def _get_either(condition: Mapping[str, Any], name: str, other: str) -> Any:
    return condition[name] if name in condition else condition[other]


@dataclass(frozen=True)
class _ConditionStep:
    """The kind of step that decides which of its branches runs."""

    cached: bool = False
    repeatable: bool = True
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the conditions to the start of the step."""

    def start(self, context: StepContext) -> EndedStep:
        """Evaluate the conditions, all of which must hold."""
        holds = all(is_true(item, context.resolve) for item in context.arguments["Conditions"])
        return self.resume(context, {"Condition": {"Outcome": str(holds)}})

    def resume(self, _context: StepContext, metadata: Record) -> EndedStep:
        """Return the step with its outcome."""
        return EndedStep(metadata, StepEnd("Succeeded", metadata["Condition"]))


CONDITION = _ConditionStep()
