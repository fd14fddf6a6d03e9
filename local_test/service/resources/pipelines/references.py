"""Resolve references in a step's arguments: to parameters, other steps and property files.

Source: the schema of pipeline definitions, 2020-12-01: `Get`, `Std:Join`, `Std:JsonGet`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid

_STEP = re.compile(r"Steps\.([A-Za-z0-9_-]+)")
_PART = re.compile(r"\.([A-Za-z0-9_:-]+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
_FILE = re.compile(r"Steps\.[A-Za-z0-9_-]+\.PropertyFiles\.(.+)")


@dataclass(frozen=True)
class References:
    """The values that references can refer to: parameters, described steps and the execution.

    `files` has the S3 URIs of property files by step and name; `read` returns the bytes of an
    object.
    """

    parameters: Mapping[str, Any]
    steps: Mapping[str, Any]
    execution: Mapping[str, Any]
    files: Mapping[tuple[str, str], str]
    read: Callable[[str], bytes]

    def resolve(self, value: Any) -> Any:
        """Return a value with its references replaced. Raises ApiError when one is invalid."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Get"}:
            return self._follow_get(str(value["Get"]))
        if set(value) == {"Std:Join"}:
            join = value["Std:Join"]
            return str(join.get("On", "")).join(
                _format_value(v) for v in self.resolve(join["Values"])
            )
        if set(value) == {"Std:JsonGet"}:
            return self._read_property_file(value["Std:JsonGet"])
        return {key: self.resolve(item) for key, item in value.items()}

    def _follow_get(self, path: str) -> Any:
        root, _, rest = path.partition(".")
        roots = {"Parameters": self.parameters, "Steps": self.steps, "Execution": self.execution}
        if root not in roots:
            raise invalid(f"{path} is none of Parameters, Steps and Execution.")
        return follow_path(roots[root], f".{rest}", path)

    def _read_property_file(self, reference: Mapping[str, Any]) -> Any:
        path = str(reference["Path"])
        if "S3Uri" in reference:
            address = str(self.resolve(reference["S3Uri"]))
        else:
            source = str(reference["PropertyFile"]["Get"])
            step, name = _STEP.match(source), _FILE.match(source)
            key = (step[1] if step else "", name[1] if name else "")
            if key not in self.files:
                raise invalid(f"{source} is no property file of a step.")
            address = self.files[key]
        try:
            content = json.loads(self.read(address))
        except ValueError as error:
            raise invalid(f"{address} is not JSON: {error}") from error
        return follow_path(
            content, path if path.startswith("[") else f".{path}", f"{address}: {path}"
        )


def follow_path(value: Any, path: str, whole: str) -> Any:
    """Return the value at a path such as `.a[0].b['name'].c`.

    A text in brackets selects the entry of a list by its name, as `MetricName` or `OutputName`.
    Raises ApiError, with the name `whole`, when there is no such value.
    """
    at = 0
    for part in _PART.finditer(path):
        if part.start() != at:
            break
        value, at = _enter(value, part, whole), part.end()
    if at != len(path):
        raise invalid(f"{whole} cannot be read from {path[at:]!r} on.")
    return value


JOB_NAMES: Mapping[str, str] = {"Training": "TrainingJobName", "Processing": "ProcessingJobName"}
"""The variable of an execution that a step's own job has, by the type of the step."""


def replace_job_name(kind: str, value: Any, name: str) -> Any:
    """Return the arguments of a step with the name of its own job in the place of the variable.

    Source: SDK, `ExecutionVariables.TRAINING_JOB_NAME` and `PROCESSING_JOB_NAME`.
    """
    if kind not in JOB_NAMES:
        return value
    if isinstance(value, list):
        return [replace_job_name(kind, item, name) for item in value]
    if not isinstance(value, Mapping):
        return value
    if dict(value) == {"Get": f"Execution.{JOB_NAMES[kind]}"}:
        return name
    return {key: replace_job_name(kind, item, name) for key, item in value.items()}


def find_step_names(value: Any) -> Iterator[str]:
    """Return the names of the steps that a value refers to."""
    if isinstance(value, list):
        for item in value:
            yield from find_step_names(item)
    elif isinstance(value, dict):
        got = value.get("Get")
        if isinstance(got, str) and (match := _STEP.match(got)):
            yield match[1]
        for item in value.values():
            yield from find_step_names(item)


def _enter(value: Any, part: re.Match[str], whole: str) -> Any:
    key, index, name = part.groups()
    name = key if key is not None else name
    if index is not None and isinstance(value, list) and int(index) < len(value):
        return value[int(index)]
    if isinstance(value, Mapping) and name in value:
        return value[name]
    if isinstance(value, list) and name is not None:
        for item in value:
            if any(key.endswith("Name") and item[key] == name for key in item):
                return item
    raise invalid(f"{whole} does not exist: there is no {part[0]}.")


def _format_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
