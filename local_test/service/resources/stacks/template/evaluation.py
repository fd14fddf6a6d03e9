"""Evaluate the functions of a template.

Source: CloudFormation User Guide, 'Intrinsic function reference' and 'Pseudo parameters reference'.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.stacks.template.errors import TemplateError
from local_test.service.resources.stacks.template.references import (
    VARIABLE,
    find_function,
    split_attribute,
    split_substitution,
)

NO_VALUE = "AWS::NoValue"
_ABSENT = object()


@dataclass(frozen=True)
class Evaluation:
    """The values that the functions of a template can refer to.

    `references` are parameters, pseudo parameters and the resources that exist; `attributes` are
    those of the resources; `conditions` and `mappings` are as the template has them.
    """

    references: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]

    def evaluate(self, value: Any) -> Any:
        """Return a value with its functions evaluated. Raises TemplateError when one cannot be."""
        result = self._evaluate(value)
        return None if result is _ABSENT else result

    def holds(self, name: str) -> bool:
        """Return whether a condition of the template is true."""
        if name not in self.conditions:
            raise TemplateError(f"Template format error: unresolved condition {name}")
        return self._decide(self.conditions[name])

    def _evaluate(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self._evaluate(item) for item in value]
            return [item for item in items if item is not _ABSENT]
        function = find_function(value)
        if function is not None:
            return self._call(*function)
        if not isinstance(value, Mapping):
            return value
        found = {key: self._evaluate(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item is not _ABSENT}

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return _ABSENT if argument == NO_VALUE else self._refer(str(argument))
        if name == "Fn::GetAtt":
            return self._read_attribute(*split_attribute(argument))
        if name == "Fn::Sub":
            return self._substitute(*split_substitution(argument))
        if name == "Fn::If":
            condition, *branches = self._take(name, argument, 3)
            return self._evaluate(branches[0 if self.holds(condition) else 1])
        if name in {"Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"}:
            return self._decide({name: argument})
        return _PLAIN[name](self._evaluate(argument), self)

    def _decide(self, value: Any) -> bool:
        function = find_function(value)
        name, argument = function or ("", None)
        if name == "Condition":
            return self.holds(str(argument))
        if name == "Fn::Equals":
            left, right = (self._evaluate(item) for item in self._take(name, argument, 2))
            return str(left) == str(right)
        if name in {"Fn::And", "Fn::Or", "Fn::Not"} and isinstance(argument, list):
            results = [self._decide(item) for item in argument]
            if name == "Fn::Not":
                return not results[0]
            return all(results) if name == "Fn::And" else any(results)
        raise TemplateError(f"Template error: this is no condition: {json.dumps(value)}")

    def _refer(self, name: str) -> Any:
        if name not in self.references:
            raise TemplateError(f"Template error: {name} has no value here")
        return self.references[name]

    def _read_attribute(self, resource: str, attribute: str) -> Any:
        if attribute not in self.attributes.get(resource, {}):
            raise TemplateError(f"Template error: {resource}.{attribute} has no value here")
        return self.attributes[resource][attribute]

    def _substitute(self, text: str, variables: Mapping[str, Any]) -> str:
        def replace(literal: str, word: str) -> str:
            name = word.strip()
            if literal:
                return f"${{{word}}}"
            if name in variables:
                return str(self._evaluate(variables[name]))
            resource, _, attribute = name.partition(".")
            found = self._read_attribute(resource, attribute) if attribute else self._refer(name)
            return str(found)

        return VARIABLE.sub(lambda match: replace(match[1], match[2]), text)

    def look_up(self, argument: Any) -> Any:
        """Return the value of `Fn::FindInMap`."""
        name, first, second = self._take("Fn::FindInMap", argument, 3)
        try:
            return self.mappings[name][first][second]
        except (KeyError, TypeError) as error:
            raise TemplateError(
                f"Template error: there is no mapping {name}, {first}, {second}"
            ) from error

    @staticmethod
    def _take(name: str, argument: Any, count: int) -> list[Any]:
        if not isinstance(argument, list) or len(argument) != count:
            raise TemplateError(f"Template error: {name} needs {count} values: {argument!r}")
        return argument


def _select(argument: Any, _evaluation: Evaluation) -> Any:
    try:
        index, items = argument
        return items[int(index)]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise TemplateError(
            f"Template error: Fn::Select has no such value: {argument!r}"
        ) from error


def _join(argument: Any, _evaluation: Evaluation) -> str:
    try:
        separator, items = argument
        return str(separator).join(str(item) for item in items)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"Template error: Fn::Join needs a list: {argument!r}") from error


def _split(argument: Any, _evaluation: Evaluation) -> list[str]:
    try:
        separator, text = argument
        return str(text).split(separator)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"Template error: Fn::Split needs a text: {argument!r}") from error


_PLAIN: Mapping[str, Callable[[Any, Evaluation], Any]] = {
    "Fn::Base64": lambda text, _: base64.b64encode(str(text).encode()).decode(),
    "Fn::FindInMap": lambda argument, evaluation: evaluation.look_up(argument),
    "Fn::Join": _join,
    "Fn::Length": lambda items, _: len(items),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": lambda value, _: json.dumps(value),
}
