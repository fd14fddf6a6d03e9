"""A definition is checked as a whole before a pipeline is kept; the SDK's own passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.checks.definition_check import (
    check_contents,
    check_definition,
    list_steps,
)
from local_test.service.resources.pipelines.checks.definition_schema import check_structure
from tests.local_test.service.in_process import open_service

ALL: dict[str, Any] = json.loads(Path(__file__).with_name("sdk_definition.json").read_text())
"""A definition with most of what version 2.257.7 of the SDK can write."""

Change = Callable[[dict[str, Any]], object]


def find_step(definition: dict[str, Any], name: str) -> Any:
    return next(step for step in list_steps(definition["Steps"]) if step["Name"] == name)


def set_in(name: str, *path: str | int, to: Any) -> Change:
    """Return a function that sets a field of a step."""

    def change(definition: dict[str, Any]) -> None:
        value = find_step(definition, name)
        for part in path[:-1]:
            value = value[part]
        value[path[-1]] = to

    return change


def check(definition: dict[str, Any]) -> None:
    check_structure(definition)
    check_contents(definition)


def refuse(definition: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as refused:
        check(definition)
    assert refused.value.code == "ValidationException"
    return refused.value.message.removeprefix("Unable to parse pipeline definition: ")


def test_what_the_sdk_writes_is_accepted() -> None:
    check(ALL)


RESOURCES = ("Arguments", "ResourceConfig")
COMPARISON = {"Type": "LessThan", "LeftValue": 1, "RightValue": {"Get": "Parameters.Mse"}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.pop("Steps"), "'Steps' is a required property: the definition."),
        (
            set_in("Train", "DependsOn", to="Process"),
            "'Process' is not of type 'array': step Train, field DependsOn.",
        ),
        (
            lambda d: find_step(d, "Bad").pop("Arguments"),
            "'Arguments' is a required property: step Bad.",
        ),
        (
            set_in("Process", "RetryPolicies", 0, "ExceptionType", 0, to="Step.ANY"),
            "'Step.ANY' is not one of ['Step.SERVICE_FAULT', 'Step.THROTTLING',",
        ),
        (
            set_in("Process", "RetryPolicies", 0, "ExpireAfterMin", to=3),
            "MaxAttempts and ExpireAfterMin exclude each other: step Process, field RetryPolicies",
        ),
        (
            set_in("Judge", "Arguments", "Conditions", 0, "Type", to="Like"),
            "step Judge, field Arguments.Conditions[0].Type.",
        ),
        (
            set_in("Judge", "Arguments", "Conditions", to=[{"Type": "In", "QueryValue": 1}]),
            "'Values' is a required property: step Judge, field Arguments.Conditions[0].",
        ),
        (
            set_in("Train", *RESOURCES, "InstanceCount", to={"Get": "Parameters.Number"}),
            "Parameters.Number is no parameter of the pipeline: step Train, field "
            "Arguments.ResourceConfig.InstanceCount.",
        ),
        (
            set_in("Train", *RESOURCES, "InstanceCount", to={"Get": "Parameters.Type"}),
            "Parameters.Type is a String and no Integer: step Train, field "
            "Arguments.ResourceConfig.InstanceCount.",
        ),
        (
            set_in("Train", "Arguments", "HyperParameters", "rounds", to={"Get": "Parameters.Mse"}),
            "Parameters.Mse is a Float and no String: step Train, field "
            "Arguments.HyperParameters.rounds. Convert it with Std:Join.",
        ),
        (
            set_in("Train", *RESOURCES, "InstanceCount", to="1"),
            "'1' is no Integer: step Train, field Arguments.ResourceConfig.InstanceCount.",
        ),
        (
            set_in("Train", "Arguments", "Channels", to=[]),
            "unknown field 'Channels': step Train, field Arguments. Use one of: Alg",
        ),
        (
            set_in("Train", "Arguments", "InputDataConfig", to={"Get": "Parameters.Data"}),
            "Parameters.Data is a String and no list: step Train, field Arguments.InputDataConfig.",
        ),
        (
            lambda d: find_step(d, "Train")["Arguments"].pop("RoleArn"),
            "missing field 'RoleArn': step Train, field Arguments.",
        ),
        (
            set_in("Bad", "Arguments", "ErrorMessage", to={"Get": "Steps.Train.ModelArtefacts.X"}),
            "Steps.Train.ModelArtefacts.X is no property of a Training step: step Bad, field "
            "Arguments.ErrorMessage.",
        ),
        (
            set_in("Bad", "Arguments", "ErrorMessage", to={"Get": "Steps.Judged.Outcome"}),
            "Steps.Judged.Outcome refers to Judged, which is no step: step Bad",
        ),
        (
            set_in("Bad", "Arguments", "ErrorMessage", to={"Get": "Execution.TrainingJobName"}),
            "Execution.TrainingJobName is no variable of an execution: step Bad",
        ),
        (
            set_in("Bad", "Arguments", "ErrorMessage", to={"Get": "Step.Train"}),
            "Step.Train begins with none of Parameters., Execution. and Steps.: step Bad",
        ),
        (
            set_in("Bad", "Arguments", "ErrorMessage", to={"Std:Join": {"On": ""}}),
            "Std:Join has no list Values: step Bad",
        ),
        (
            set_in(
                "Bad",
                "Arguments",
                "ErrorMessage",
                to={"Get": "Steps.Process.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"},
            ),
            "the step has no output 'test': step Bad",
        ),
        (
            set_in(
                "Bad", "Arguments", "ErrorMessage", to={"Get": "Steps.Call.OutputParameters['m']"}
            ),
            "Steps.Call.OutputParameters['m'] is no output parameter of the step: step Bad",
        ),
        (
            set_in(
                "Bad",
                "Arguments",
                "ErrorMessage",
                to={
                    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.R"}, "Path": "mse"},
                },
            ),
            "Steps.Evaluate.R is no property file of a step: step Bad",
        ),
        (
            set_in("Evaluate", "PropertyFiles", 0, "OutputName", to="report"),
            "the step has no output 'report': step Evaluate, field PropertyFiles. Name an output",
        ),
        (
            set_in(
                "Judge",
                "Arguments",
                "Conditions",
                0,
                to={"Type": "Or", "Conditions": [COMPARISON | {"LeftValue": "a"}]},
            ),
            "LessThan cannot compare a String and a Float: step Judge, field Arguments.Conditions.",
        ),
        (
            lambda d: d["PipelineExperimentConfig"].update(TrialName={"Get": "Parameters.Day"}),
            "Parameters.Day is no parameter of the pipeline: the definition, field "
            "PipelineExperimentConfig.TrialName.",
        ),
        (
            lambda d: d["Parameters"].append(d["Parameters"][0]),
            "two parameters have one name: the definition, field Parameters.",
        ),
        (
            lambda d: d["Parameters"][0].update(DefaultValue="one"),
            "The parameter Count: 'one' is no Integer.",
        ),
    ],
)
def test_a_mistake_is_refused_with_step_and_field(change: Change, sentence: str) -> None:
    definition = deepcopy(ALL)
    change(definition)
    assert sentence in refuse(definition)


def test_a_number_of_any_kind_is_compared() -> None:
    definition = deepcopy(ALL)
    set_in("Judge", "Arguments", "Conditions", to=[COMPARISON])(definition)
    check(definition)


def test_create_pipeline_refuses_a_definition_and_keeps_nothing(tmp_path: Path) -> None:
    message = {"Get": "Parameters.Why"}
    step = {"Name": "Bad", "Type": "Fail", "Arguments": {"ErrorMessage": message}}
    given = {"PipelineName": "p", "RoleArn": "arn:aws:iam::123456789012:role/r"}
    with open_service(tmp_path) as (_, client):
        with pytest.raises(client.exceptions.ClientError) as refused:
            client.create_pipeline(PipelineDefinition=json.dumps({"Steps": [step]}), **given)
        error = refused.value.response["Error"]
        assert error["Code"] == "ValidationException"
        assert "Parameters.Why is no parameter of the pipeline: step Bad" in error["Message"]
        assert client.list_pipelines()["PipelineSummaries"] == []


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ApiError, match="pipeline definition: it is not JSON: Expecting"):
        check_definition("{")
