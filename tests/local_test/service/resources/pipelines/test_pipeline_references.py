"""What a pipeline's definition refers to, and when its conditions hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.references import References
from local_test.service.resources.pipelines.steps.condition import is_true

STEPS = {
    "Train": {
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"},
        "FinalMetricDataList": [
            {"MetricName": "train:rmse", "Value": 1.5},
            {"MetricName": "validation:rmse", "Value": 2.5},
        ],
    }
}
OBJECTS = {"s3://b/judged/evaluation.json": b'{"regression": {"mse": {"value": [4.5, 6]}}}'}
KNOWN = References(
    {"Rounds": 50, "Fast": True, "Names": ["a", "b"]},
    STEPS,
    {"PipelineName": "abalone"},
    {("Judge", "Report"): "s3://b/judged/evaluation.json"},
    OBJECTS.__getitem__,
)
REPORT = {"Get": "Steps.Judge.PropertyFiles.Report"}


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ({"Get": "Parameters.Rounds"}, 50),
        ({"Get": "Execution.PipelineName"}, "abalone"),
        ({"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}, "s3://b/m"),
        ({"Get": "Steps.Train.FinalMetricDataList[0].Value"}, 1.5),
        ({"Get": "Steps.Train.FinalMetricDataList['validation:rmse'].Value"}, 2.5),
        (
            {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Rounds"}, "x"]}},
            "s3://50/x",
        ),
        ({"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Fast"}]}}, "true"),
        (
            {"Std:JsonGet": {"PropertyFile": REPORT, "Path": "regression.mse.value[1]"}},
            6,
        ),
        (
            {"Std:JsonGet": {"S3Uri": "s3://b/judged/evaluation.json", "Path": "regression.mse"}},
            {"value": [4.5, 6]},
        ),
        ({"a": [{"b": {"Get": "Parameters.Rounds"}}, "c"]}, {"a": [{"b": 50}, "c"]}),
    ],
)
def test_a_reference_becomes_its_value(told: Any, value: object) -> None:
    assert KNOWN.resolve(told) == value


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"Get": "Nothing.x"}, "Nothing.x is none of Parameters, Steps and Execution."),
        ({"Get": "Parameters.Rows"}, "Parameters.Rows does not exist: there is no .Rows."),
        ({"Get": "Steps.Train.FinalMetricDataList[7].Value"}, "there is no [7]"),
        ({"Get": "Steps.Train.FinalMetricDataList['loss'].Value"}, "there is no ['loss']"),
        ({"Get": "Steps.Train.FinalMetricDataList['loss"}, 'cannot be read from "[\'loss" on'),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.B"}, "Path": "x"}},
            "Steps.A.PropertyFiles.B is no property file of a step.",
        ),
    ],
)
def test_a_reference_to_nothing_is_named(told: Any, sentence: str) -> None:
    with pytest.raises(ApiError) as refused:
        KNOWN.resolve(told)
    assert sentence in refused.value.message


def compared(kind: str, left: object, right: object) -> dict[str, object]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (compared("LessThanOrEqualTo", {"Get": "Parameters.Rounds"}, 50), True),
        (compared("LessThan", {"Get": "Parameters.Rounds"}, 50), False),
        (compared("GreaterThan", 51, {"Get": "Parameters.Rounds"}), True),
        (compared("GreaterThanOrEqualTo", 49, {"Get": "Parameters.Rounds"}), False),
        (compared("Equals", {"Get": "Parameters.Fast"}, True), True),
        ({"Type": "In", "QueryValue": "b", "Values": {"Get": "Parameters.Names"}}, True),
        ({"Type": "In", "Value": "c", "In": ["a", "b"]}, False),
        ({"Type": "NotIn", "QueryValue": "c", "Values": {"Get": "Parameters.Names"}}, True),
        ({"Type": "NotIn", "Value": "a", "In": ["a", "b"]}, False),
        (compared("NotEquals", {"Get": "Parameters.Rounds"}, 50), False),
        (compared("NotEquals", {"Get": "Parameters.Rounds"}, 51), True),
        ({"Type": "Not", "Expression": compared("Equals", 1, 1)}, False),
        ({"Type": "Not", "Condition": compared("Equals", 1, 1)}, False),
        ({"Type": "Or", "Conditions": [compared("Equals", 1, 2), compared("Equals", 1, 1)]}, True),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, Any], outcome: bool) -> None:
    assert is_true(condition, KNOWN.resolve) is outcome


def test_values_that_cannot_be_compared_are_named() -> None:
    with pytest.raises(ApiError, match="'a' and 2 cannot be compared"):
        is_true(compared("LessThan", "a", 2), KNOWN.resolve)
    with pytest.raises(ApiError, match="Like is no kind of condition: Equals, GreaterThan, "):
        is_true(compared("Like", "a", "b"), KNOWN.resolve)


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Training", "Arguments": {}} | more


def refers(name: str) -> dict[str, Any]:
    return {"Arguments": {"x": [{"Get": f"Steps.{name}.A"}]}}


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ("{", "it is not JSON"),
        ("[]", "a step or parameter lacks"),
        ('{"Steps": []}', "it needs steps, each with a name of its own"),
        ([{"Name": "A", "Type": "Fail"}], "a step or parameter lacks 'Arguments'"),
        ([step("A"), step("A")], "each with a name of its own"),
        ([step("A", DependsOn=["C"])], "step A refers to C, which is no step"),
        ([step("A", **refers("B")), step("B", **refers("A"))], "step A waits for itself"),
    ],
)
def test_a_definition_that_cannot_be_run_is_refused(definition: Any, sentence: str) -> None:
    text = definition if isinstance(definition, str) else json.dumps({"Steps": definition})
    with pytest.raises(ApiError) as refused:
        parse_definition(text)
    assert refused.value.message.startswith("Unable to parse pipeline definition: ")
    assert sentence in refused.value.message


def test_parameters_are_read_by_their_types() -> None:
    parameters = [
        {"Name": "Most", "Type": "Float", "DefaultValue": 2.5},
        {"Name": "Rounds", "Type": "Integer"},
        {"Name": "Fast", "Type": "Boolean", "DefaultValue": False},
        {"Name": "Kind", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    ]
    made = parse_definition(json.dumps({"Parameters": parameters, "Steps": [step("A")]}))
    told = made.fill_parameters({"Rounds": "7", "Fast": "true"})
    assert told == {"Most": 2.5, "Rounds": 7, "Fast": True, "Kind": "a"}
    for given, sentence in (
        ({}, "The parameter Rounds has no default and must be given."),
        ({"Rounds": "x"}, "The parameter Rounds: 'x' is no Integer."),
        ({"Rounds": "1", "Kind": "c"}, "none of ['a', 'b']"),
        ({"Rows": "1"}, "Unknown parameters: Rows."),
    ):
        with pytest.raises(ApiError) as refused:
            made.fill_parameters(given)
        assert sentence in refused.value.message
