"""What the values of a template refer to: parameters, resources and their attributes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_test.service.resources.stacks.template.errors import TemplateError

FUNCTIONS = frozenset(
    {
        *("Ref", "Condition", "Fn::And", "Fn::Base64", "Fn::Equals", "Fn::FindInMap"),
        *("Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Not", "Fn::Or", "Fn::Select", "Fn::Split"),
        *("Fn::Sub", "Fn::Length", "Fn::ToJsonString"),
    }
)
VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def find_function(value: Any) -> tuple[str, Any] | None:
    """Return name and argument of a function, None if a value is plain data.

    Raises TemplateError when the function is not supported.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    [(name, argument)] = value.items()
    if name in FUNCTIONS and (name != "Condition" or isinstance(argument, str)):
        return str(name), argument
    if str(name).startswith("Fn::"):
        raise TemplateError(
            f"the function {name} is not supported here", f"use {', '.join(sorted(FUNCTIONS))}"
        )
    return None


def split_attribute(argument: Any) -> tuple[str, str]:
    """Return resource and attribute of `Fn::GetAtt`. Raises TemplateError for anything else."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateError(f"Fn::GetAtt needs a resource and an attribute: {argument!r}")
    return str(argument[0]), str(argument[1])


def split_substitution(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """Return text and variables of `Fn::Sub`. Raises TemplateError for anything else."""
    text, variables = argument if isinstance(argument, list) else (argument, {})
    if not isinstance(text, str) or not isinstance(variables, Mapping):
        raise TemplateError(f"Fn::Sub needs a text, or a text and variables: {argument!r}")
    return text, variables


def list_references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each name that a value refers to, with its attribute ("" for the name itself)."""
    function = find_function(value)
    if function is None:
        items = value.values() if isinstance(value, Mapping) else value
        for item in items if isinstance(value, Mapping | list) else ():
            yield from list_references(item)
        return
    name, argument = function
    if name == "Ref":
        yield str(argument), ""
    elif name == "Fn::GetAtt":
        yield split_attribute(argument)
    elif name == "Fn::Sub":
        text, variables = split_substitution(argument)
        for literal, word in VARIABLE.findall(text):
            if not literal and word.strip() not in variables:
                reference, _, attribute = word.strip().partition(".")
                yield reference, attribute
        yield from list_references(list(variables.values()))
    else:
        yield from list_references(argument)
