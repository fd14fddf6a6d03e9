"""The types that a reference of a definition can have, before anything runs.

Source: the schema of pipeline definitions: `Get`, `Std:Join`, `Std:JsonGet`; the SDK's
`ExecutionVariables`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.checks.step_shapes import list_property_shapes
from local_test.service.resources.pipelines.references import JOB_NAMES

EXECUTION_VARIABLES = frozenset(
    {
        *("StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn"),
        *("PipelineExecutionId", "PipelineExecutionArn"),
    }
)
_FUNCTIONS = ({"Get"}, {"Std:Join"}, {"Std:JsonGet"})
_STEP = re.compile(r"Steps\.([A-Za-z0-9_-]+)(.*)", re.DOTALL)
_PART = re.compile(r"\.([A-Za-z0-9_:-]+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
_SINGLE_MODEL = re.compile(
    "MODEL_NAME|SAGEMAKER_(DEFAULT_INVOCATIONS_ACCEPT|SUBMIT_DIRECTORY|PROGRAM)"
)
"""Variables of the one container that is the service's best candidate in mode ENSEMBLING.

Source: SDK, `AutoMLStep.get_best_auto_ml_model`.
"""

_REPORTS = frozenset(
    f".BestCandidateProperties.{name}"
    for name in ("ModelInsightsJsonReportPath", "ExplainabilityJsonReportPath")
)
"""Properties of an AutoML step that its job's description has not. Source: SDK, `AutoMLStep`."""
_TYPES = {
    "string": "String",
    "integer": "Integer",
    "long": "Integer",
    "float": "Float",
    "double": "Float",
    "boolean": "Boolean",
}


class BadReference(Exception):
    """A reference to something that the definition does not have; the text says what."""


def is_function(value: Any) -> bool:
    """Return True if a value is a reference or a function and not plain data."""
    return isinstance(value, dict) and set(value) in _FUNCTIONS


def find_functions(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Return the outermost references and functions in a value, with their paths."""
    if is_function(value):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from find_functions(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_functions(item, (*path, index))


@dataclass(frozen=True)
class ValueTypes:
    """The parameters and steps of a definition, as the definition has them, by name.

    `variables` are those of an execution.
    """

    parameters: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Mapping[str, Any]]
    variables: frozenset[str] = EXECUTION_VARIABLES

    def select_step(self, kind: str) -> "ValueTypes":
        """Return the types inside of a step of this kind, where its job's name is a variable."""
        if kind not in JOB_NAMES:
            return self
        return replace(self, variables=self.variables | {JOB_NAMES[kind]})

    def find_type(self, function: Mapping[str, Any]) -> str | None:
        """Return the type of a function's value: String, Integer, Float, Boolean, or None.

        None stands for a structure, a list, or what only the execution knows. Raises BadReference
        when it refers to what is not there.
        """
        if "Std:Join" in function:
            self._check_join(function["Std:Join"])
            return "String"
        if "Std:JsonGet" in function:
            self._check_json_get(function["Std:JsonGet"])
            return None
        return self._find_get_type(function["Get"])

    def _check_join(self, join: Any) -> None:
        if not isinstance(join, dict) or not isinstance(join.get("Values"), list):
            raise BadReference("Std:Join has no list Values")
        for _, inner in find_functions(join["Values"]):
            self.find_type(inner)

    def _check_json_get(self, reference: Any) -> None:
        given = reference if isinstance(reference, dict) else {}
        if not isinstance(given.get("Path"), str):
            raise BadReference("Std:JsonGet has no text Path")
        if "S3Uri" in given:
            for _, inner in find_functions(given["S3Uri"]):
                self.find_type(inner)
            return
        source = (given.get("PropertyFile") or {}).get("Get", "")
        match = _STEP.fullmatch(source)
        step = self.steps.get(match[1], {}) if match else {}
        files = {f".PropertyFiles.{file['PropertyFileName']}" for file in _list_files(step)}
        if match is None or match[2] not in files:
            raise BadReference(f"{source or 'PropertyFile'} is no property file of a step")

    def _find_get_type(self, path: Any) -> str | None:
        root, _, rest = str(path).partition(".")
        if root == "Parameters":
            if rest not in self.parameters:
                raise BadReference(f"{path} is no parameter of the pipeline")
            return str(self.parameters[rest]["Type"])
        if root == "Execution":
            if rest not in self.variables:
                raise BadReference(f"{path} is no variable of an execution")
            return "String"
        match = _STEP.fullmatch(str(path))
        if match is None:
            raise BadReference(f"{path} begins with none of Parameters., Execution. and Steps.")
        if match[1] not in self.steps:
            raise BadReference(f"{path} refers to {match[1]}, which is no step")
        return _find_property_type(str(path), match[2], self.steps[match[1]])


def _list_files(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(step.get("PropertyFiles") or ())


def _find_property_type(whole: str, path: str, step: Mapping[str, Any]) -> str | None:
    kind = str(step["Type"])
    if (outputs := step.get("OutputParameters")) is not None:
        return _find_output_type(whole, path, outputs)
    if kind == "AutoML":
        if path in _REPORTS:
            return "String"
        _check_candidate(whole, path, str(step["Name"]))
    shapes = list_property_shapes(kind)
    if shapes is None:
        return None
    found = [shape for shape in (_follow(root, path) for root in shapes) if shape is not None]
    if not found:
        raise BadReference(f"{whole} is no property of a {kind} step")
    _check_output_name(whole, path, step)
    return _TYPES.get(str(found[0].type_name))


def _check_candidate(whole: str, path: str, step: str) -> None:
    """Raise BadReference when a property of an AutoML step is of what its job does not make."""
    if match := _SINGLE_MODEL.search(path):
        raise BadReference(
            f"{whole}: the best candidate is three containers here, without {match[0]}; make a"
            f" PipelineModel of Steps.{step}.BestCandidate.InferenceContainers[0], [1] and [2]"
        )


def _find_output_type(whole: str, path: str, outputs: Any) -> str:
    for output in outputs:
        name = output["OutputName"]
        if path in {f".OutputParameters['{name}']", f'.OutputParameters["{name}"]'}:
            return str(output.get("OutputType", "String"))
    raise BadReference(f"{whole} is no output parameter of the step")


def _follow(shape: Shape, path: str) -> Shape | None:
    """Return the shape at a path such as `.a[0].b['name']`, None if there is none."""
    at = 0
    for part in _PART.finditer(path):
        key, index, _ = part.groups()
        if part.start() != at:
            return None
        at = part.end()
        if shape.type_name == "structure" and key in shape.members:
            shape = shape.members[key]
        elif shape.type_name == "list" and key is None:
            shape = shape.member
        elif shape.type_name == "map" and index is None:
            shape = shape.value
        else:
            return None
    return shape if at == len(path) and at > 0 else None


def _check_output_name(whole: str, path: str, step: Mapping[str, Any]) -> None:
    """Raise BadReference when a property names an output that the step's arguments lack."""
    match = re.match(r"\.ProcessingOutputConfig\.Outputs\[['\"]([^'\"]*)['\"]\]", path)
    config = step.get("Arguments", {}).get("ProcessingOutputConfig")
    if match is None or not isinstance(config, dict) or not isinstance(config.get("Outputs"), list):
        return
    if match[1] not in {output.get("OutputName") for output in config["Outputs"]}:
        raise BadReference(f"{whole}: the step has no output {match[1]!r}")
