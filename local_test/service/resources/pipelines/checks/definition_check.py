"""All checks of a definition that a request wants to be kept."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local_test.service.resources.pipelines.checks.argument_types import check_arguments
from local_test.service.resources.pipelines.checks.definition_schema import (
    check_structure,
    make_error,
)
from local_test.service.resources.pipelines.checks.value_types import (
    BadReference,
    ValueTypes,
    find_functions,
)
from local_test.service.resources.pipelines.definition import parse_definition, read_parameter

_BRANCHES = ("IfSteps", "ElseSteps")
_COMPARED = {"GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"}


def check_definition(text: str) -> None:
    """Raise ApiError, with step and field, when a definition cannot be kept.

    Its structure, the support of its steps, their dependencies, references and arguments, and the
    defaults of the parameters are checked.
    """
    content = parse_json(text)
    check_structure(content)
    parse_definition(text)
    check_contents(content)


def check_contents(content: Mapping[str, Any]) -> None:
    """Raise ApiError when references, arguments or parameters of a definition are invalid.

    Its structure must have been checked before.
    """
    parameters = {item["Name"]: item for item in content.get("Parameters", ())}
    if len(parameters) < len(content.get("Parameters", ())):
        raise make_error("two parameters have one name", "the definition, field Parameters")
    for parameter in parameters.values():
        if "DefaultValue" in parameter:
            read_parameter(parameter["Name"], parameter, {})
    steps = {step["Name"]: step for step in list_steps(content["Steps"])}
    types = ValueTypes(parameters, steps)
    experiment = "PipelineExperimentConfig"
    _check_functions(content.get(experiment), types, "the definition", experiment)
    for step in steps.values():
        inside = types.select_step(step["Type"])
        _check_references(step, inside)
        _check_property_files(step)
        check_arguments(step, inside)
        for condition in _list_conditions(step):
            _check_comparison(step["Name"], condition, types)


def parse_json(text: str) -> Any:
    """Return the JSON of a definition. Raises ApiError when it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise make_error("it is not JSON", f"{error}") from error


def list_steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Return all steps, those of branches too."""
    for step in steps:
        yield step
        if step["Type"] == "Condition":
            for branch in _BRANCHES:
                yield from list_steps(step["Arguments"].get(branch, ()))


def _check_references(step: Mapping[str, Any], types: ValueTypes) -> None:
    own = {**step, "Arguments": _drop_branches(step)}
    _check_functions(own, types, f"step {step['Name']}")


def _check_functions(value: Any, types: ValueTypes, place: str, root: str = "") -> None:
    """Raise ApiError when a reference in a value, which is the field `root`, leads nowhere."""
    for path, function in find_functions(value):
        try:
            types.find_type(function)
        except BadReference as error:
            field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
            where = f"{place}, field {f'{root}{field}'.removeprefix('.')}"
            raise make_error(str(error), where) from error


def _drop_branches(step: Mapping[str, Any]) -> Any:
    arguments = step.get("Arguments", {})
    if step["Type"] != "Condition":
        return arguments
    return {name: value for name, value in arguments.items() if name not in _BRANCHES}


def _check_property_files(step: Mapping[str, Any]) -> None:
    """Raise ApiError when a property file is of an output that the step does not have."""
    config = step.get("Arguments", {}).get("ProcessingOutputConfig", {})
    outputs = config.get("Outputs", ()) if isinstance(config, dict) else ()
    names = {output.get("OutputName") for output in outputs if isinstance(output, dict)}
    for file in step.get("PropertyFiles") or ():
        if file["OutputName"] not in names:
            raise make_error(
                f"the step has no output {file['OutputName']!r}",
                f"step {step['Name']}, field PropertyFiles",
                "Name an output of ProcessingOutputConfig.",
            )


def _list_conditions(step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return all comparisons of a condition step, those inside of Not and Or too."""
    ahead = list(step["Arguments"]["Conditions"]) if step["Type"] == "Condition" else []
    while ahead:
        condition = ahead.pop()
        ahead += condition.get("Conditions", ())
        ahead += [condition[name] for name in ("Condition", "Expression") if name in condition]
        if "LeftValue" in condition:
            yield condition


def _check_comparison(step: str, condition: Mapping[str, Any], types: ValueTypes) -> None:
    """Raise ApiError when the two sides of a comparison can never be compared."""
    sides = [_find_operand_type(condition[side], types) for side in ("LeftValue", "RightValue")]
    numbers = [side in {"Integer", "Float"} for side in sides]
    if None in sides or sides[0] == sides[1] or all(numbers):
        return
    kind = condition["Type"]
    if kind in _COMPARED:
        what = f"{kind} cannot compare a {sides[0]} and a {sides[1]}"
        raise make_error(what, f"step {step}, field Arguments.Conditions")


def _find_operand_type(value: Any, types: ValueTypes) -> str | None:
    if isinstance(value, dict):
        return types.find_type(value) if next(find_functions(value), ((0,),))[0] == () else None
    names = {bool: "Boolean", int: "Integer", float: "Float", str: "String"}
    return names.get(type(value))
