"""The parameters of a template: their values, checked as the template says.

Source: CloudFormation User Guide, 'CloudFormation template Parameters syntax'.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.resources.stacks.template.errors import TemplateError

_LISTS = {"CommaDelimitedList", "List<Number>", "List<String>"}
_TYPES = {"String", "Number", *_LISTS}
_HIDDEN = "****"


def check_declaration(name: str, parameter: Any) -> None:
    """Raise TemplateError when a parameter of a template is of a type that is not supported."""
    kind = parameter.get("Type") if isinstance(parameter, Mapping) else None
    if kind not in _TYPES:
        raise TemplateError(
            f"the parameter {name} is of the type {kind}, not supported here",
            f"use one of {', '.join(sorted(_TYPES))}",
        )


def fill_parameters(
    declared: Mapping[str, Mapping[str, Any]],
    given: Sequence[Mapping[str, Any]],
    previous: Mapping[str, str],
) -> dict[str, str]:
    """Return the texts of all parameters: given, previous or default ones.

    Raises TemplateError when one is missing, unknown or breaks a rule of the template.
    """
    texts = {
        item["ParameterKey"]: previous.get(item["ParameterKey"])
        if item.get("UsePreviousValue")
        else item.get("ParameterValue")
        for item in given
    }
    if unknown := sorted(texts.keys() - declared.keys()):
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    filled: dict[str, str] = {}
    for name, parameter in declared.items():
        text = texts.get(name)
        if text is None and "Default" in parameter:
            text = _write(parameter["Default"])
        if text is None:
            raise TemplateError(f"Parameters: [{name}] must have values")
        _check(name, str(text), parameter)
        filled[name] = str(text)
    return filled


def convert_parameters(
    declared: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]
) -> dict[str, Any]:
    """Return what `Ref` gives for each parameter: a text, or a list of texts."""
    return {
        name: [part.strip() for part in text.split(",")]
        if declared[name]["Type"] in _LISTS
        else text
        for name, text in texts.items()
    }


def describe_parameters(
    declared: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the parameters as DescribeStacks has them; those with `NoEcho` are hidden."""
    return [
        {
            "ParameterKey": name,
            "ParameterValue": _HIDDEN if _is_true(declared[name].get("NoEcho")) else text,
        }
        for name, text in texts.items()
    ]


def _write(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _check(name: str, text: str, parameter: Mapping[str, Any]) -> None:
    rule = _find_broken_rule(text, parameter)
    if rule:
        said = parameter.get("ConstraintDescription")
        what = f"Parameter '{name}' must {said}" if said else f"Parameter {name} failed to satisfy"
        raise TemplateError(what if said else f"{what} constraint: {rule}: {text}")


def _find_broken_rule(text: str, parameter: Mapping[str, Any]) -> str:
    allowed = parameter.get("AllowedValues")
    if allowed is not None and text not in [_write(value) for value in allowed]:
        return f"member must be in [{', '.join(_write(value) for value in allowed)}]"
    pattern = parameter.get("AllowedPattern")
    if pattern is not None and re.fullmatch(pattern, text) is None:
        return f"it must match pattern {pattern}"
    measure: float = len(text)
    least, most = parameter.get("MinLength"), parameter.get("MaxLength")
    if parameter["Type"] == "Number":
        try:
            measure = float(text)
        except ValueError:
            return "it must be a number"
        least, most = parameter.get("MinValue"), parameter.get("MaxValue")
    if least is not None and measure < float(least):
        return f"its minimum is {least}"
    return f"its maximum is {most}" if most is not None and measure > float(most) else ""
