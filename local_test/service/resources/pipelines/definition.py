"""Parse and check a pipeline definition: its parameters, its steps and their dependencies.

Source: the schema of pipeline definitions, 2020-12-01.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.resources.pipelines import step_support
from local_test.service.resources.pipelines.references import find_step_names
from local_test.service.resources.pipelines.retry_policies import (
    RetryPolicy,
    parse_retry_policies,
)
from local_test.service.resources.pipelines.step_cache import CacheConfig, parse_cache_config

_READ: Mapping[str, Callable[[Any], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda value: value is True or str(value).lower() == "true",
}
_LABELS = ("DisplayName", "Description")


@dataclass(frozen=True)
class PipelineStep:
    """One step: name, type, arguments and property files.

    `content` is the step as in the definition. It starts when all steps in `needs` have succeeded.
    `branch` is the name of a condition step and the outcome for which this step runs. `cache`
    says how long its results can be reused. `labels` are its display name and its description.
    """

    name: str
    kind: str
    arguments: Mapping[str, Any]
    content: Mapping[str, Any]
    needs: frozenset[str]
    branch: tuple[str, bool] | None = None
    files: Sequence[Mapping[str, str]] = ()
    cache: CacheConfig | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    retry_policies: Sequence[RetryPolicy] = ()


@dataclass(frozen=True)
class PipelineDefinition:
    """The parameters and the steps of a pipeline, by name, and its `PipelineExperimentConfig`."""

    parameters: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, PipelineStep]
    experiment: Mapping[str, Any] | None = None

    def fill_parameters(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of all parameters, from these texts or the defaults.

        Raises ApiError when a parameter is unknown, missing or invalid.
        """
        unknown = sorted(set(values) - set(self.parameters))
        if unknown:
            raise invalid(f"Unknown parameters: {', '.join(unknown)}.")
        return {
            name: read_parameter(name, definition, values)
            for name, definition in self.parameters.items()
        }


def parse_definition(text: str) -> PipelineDefinition:
    """Parse and check a definition. Raises ApiError, with the step's name, when it is invalid."""
    try:
        content = json.loads(text)
        step_support.check_parts(content)
        parameters = {item["Name"]: item for item in content.get("Parameters", ())}
        listed = list(_read_steps(content["Steps"], None))
    except ValueError as error:
        raise _make_parse_error(f"it is not JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise _make_parse_error(f"a step or parameter lacks {error}") from error
    steps = {step.name: step for step in listed}
    if not steps or len(steps) < len(listed):
        raise _make_parse_error("it needs steps, each with a name of its own")
    for step in listed:
        missing = sorted(step.needs - set(steps))
        if missing:
            raise _make_parse_error(
                f"step {step.name} refers to {', '.join(missing)}, which is no step"
            )
        _check_circle(step.name, steps)
    return PipelineDefinition(parameters, steps, content.get("PipelineExperimentConfig"))


def _read_steps(
    definitions: Sequence[Mapping[str, Any]], branch: tuple[str, bool] | None
) -> Iterator[PipelineStep]:
    for item in definitions:
        step_support.check_step(item)
        name, arguments = item["Name"], dict(item["Arguments"])
        inner = {True: arguments.pop("IfSteps", ()), False: arguments.pop("ElseSteps", ())}
        needs = {*item.get("DependsOn", ()), *find_step_names(dict(item, Arguments=arguments))}
        needs |= {branch[0]} if branch else set()
        files = item.get("PropertyFiles", ())
        yield PipelineStep(
            name,
            item["Type"],
            arguments,
            item,
            frozenset(needs),
            branch,
            files,
            parse_cache_config(name, item.get("CacheConfig")),
            {f"Step{label}": item[label] for label in _LABELS if item.get(label)},
            parse_retry_policies(item.get("RetryPolicies") or ()),
        )
        for outcome, steps in inner.items():
            yield from _read_steps(steps, (name, outcome))


def _check_circle(name: str, steps: Mapping[str, PipelineStep]) -> None:
    seen, ahead = set[str](), set(steps[name].needs)
    while ahead:
        seen |= ahead
        ahead = {need for step in ahead if step in steps for need in steps[step].needs} - seen
    if name in seen:
        raise _make_parse_error(f"step {name} waits for itself")


def read_parameter(name: str, definition: Mapping[str, Any], values: Mapping[str, str]) -> Any:
    """Return the value of a parameter, from these texts or its default.

    Raises ApiError when it is missing or invalid.
    """
    value = values.get(name, definition.get("DefaultValue"))
    if value is None:
        raise invalid(f"The parameter {name} has no default and must be given.")
    try:
        value = _READ[definition["Type"]](value)
    except (KeyError, ValueError) as error:
        raise invalid(f"The parameter {name}: {value!r} is no {definition.get('Type')}.") from error
    if value not in definition.get("EnumValues", [value]):
        raise invalid(f"The parameter {name} is {value!r}, none of {definition['EnumValues']}.")
    return value


def _make_parse_error(what: str) -> ApiError:
    return invalid(f"Unable to parse pipeline definition: {what}.")
