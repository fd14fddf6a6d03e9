"""Templates of stacks: functions, parameters and what is refused before anything is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_test.service.resources.stacks.template.document import read_document
from local_test.service.resources.stacks.template.errors import TemplateError
from local_test.service.resources.stacks.template.evaluation import Evaluation
from local_test.service.resources.stacks.template.parameters import fill_parameters
from local_test.service.resources.stacks.template.template import parse_template

EVALUATION = Evaluation(
    references={"Stage": "prod", "Zones": ["a", "b"], "Data": "bucket", "AWS::Region": "eu"},
    attributes={"Data": {"Arn": "arn:bucket"}},
    conditions={
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Fn::Not": [{"Condition": "IsTest"}]}]},
        "IsTest": {"Fn::Or": [{"Fn::Equals": [1, "2"]}, {"Fn::Equals": ["x", "y"]}]},
    },
    mappings={"Sizes": {"prod": {"Type": "ml.m5.large"}}},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Stage", "prod"),
        ("!GetAtt Data.Arn", "arn:bucket"),
        ("{'Fn::GetAtt': [Data, Arn]}", "arn:bucket"),
        ("!Sub '${Stage}/${Data.Arn}/${!kept}/${AWS::Region}'", "prod/arn:bucket/${kept}/eu"),
        ("!Sub ['${a}-${Stage}', {a: !Ref Data}]", "bucket-prod"),
        ("!Join ['-', [a, !Ref Stage, !If [IsTest, b, !Ref 'AWS::NoValue']]]", "a-prod"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['0', !Split ['/', 'x/y']]", "x"),
        ("!FindInMap [Sizes, !Ref Stage, Type]", "ml.m5.large"),
        ("!If [Both, {a: 1, b: !Ref 'AWS::NoValue'}, 2]", {"a": 1}),
        ("!Base64 ab", "YWI="),
        ("{'Fn::ToJsonString': {a: !Ref Stage}}", '{"a": "prod"}'),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_functions_give_what_the_service_gives(text: str, value: Any) -> None:
    document = read_document(f"Value: {text}")
    assert EVALUATION.evaluate(document["Value"]) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("!Ref Missing", "Missing has no value here"),
        ("!FindInMap [Sizes, test, Type]", "there is no mapping Sizes, test, Type"),
        ("!Select [2, !Ref Zones]", "Fn::Select has no such value"),
        ("!If [Missing, 1, 2]", "unresolved condition Missing"),
        ("!ImportValue x", "the function Fn::ImportValue is not supported here"),
    ],
)
def test_a_function_without_a_value_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(TemplateError, match=sentence):
        EVALUATION.evaluate(read_document(f"Value: {text}")["Value"])


BUCKET = {"Type": "AWS::S3::Bucket"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "At least one Resources member must be defined"),
        ({"Transform": "AWS::Serverless-2016-10-31"}, "the section Transform of a template is not"),
        (
            {"Resources": {"A": {"Type": "AWS::EC2::Instance"}}},
            "the resource A is of the type AWS::EC2::Instance, not supported here",
        ),
        (
            {"Resources": {"A": BUCKET | {"Properties": {"AccessControl": "Private"}}}},
            "the property AccessControl of resource A is not supported here",
        ),
        (
            {"Resources": {"A": BUCKET | {"Properties": {"BucketName": {"Ref": "B"}}}}},
            r"Unresolved resource dependencies \[B\]: resource A",
        ),
        (
            {"Resources": {"A": BUCKET}, "Outputs": {"O": {"Value": {"Fn::GetAtt": "A.Nothing"}}}},
            r"Unresolved resource dependencies \[A.Nothing\]: output O",
        ),
        (
            {"Resources": {"A": BUCKET | {"DependsOn": "B"}, "B": BUCKET | {"DependsOn": ["A"]}}},
            r"Circular dependency between resources: \[A, B\]",
        ),
        ({"Resources": {"A": BUCKET | {"Condition": "C"}}}, "unresolved condition C: resource A"),
        (
            {"Resources": {"A": BUCKET | {"DeletionPolicy": "Snapshot"}}},
            "DeletionPolicy of resource A is Snapshot, not supported here",
        ),
        (
            {"Resources": {"A": BUCKET}, "Parameters": {"P": {"Type": "AWS::EC2::VPC::Id"}}},
            "the parameter P is of the type AWS::EC2::VPC::Id, not supported here",
        ),
    ],
)
def test_a_template_that_cannot_be_deployed_is_refused(
    content: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TemplateError, match=sentence):
        parse_template(json.dumps(content))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, r"Parameters: \[Name\] must have values"),
        ({"Name": "a", "Other": "b"}, r"Parameters: \[Other\] do not exist in the template"),
        ({"Name": "9"}, "Parameter Name failed to satisfy constraint: it must match"),
        ({"Name": "abcde"}, "its maximum is 4: abcde"),
        ({"Name": "a", "Count": "0"}, "Parameter 'Count' must be one or more"),
        ({"Name": "a", "Count": "x"}, "Parameter 'Count' must be one or more"),
        ({"Name": "a", "Stage": "test"}, r"member must be in \[prod, true\]: test"),
    ],
)
def test_a_parameter_that_breaks_a_rule_is_refused(given: dict[str, str], sentence: str) -> None:
    declared = {
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "MaxLength": 4},
        "Count": {
            "Type": "Number",
            "Default": 1,
            "MinValue": 1,
            "ConstraintDescription": "be one or more",
        },
        "Stage": {"Type": "String", "Default": True, "AllowedValues": ["prod", True]},
    }
    listed = [{"ParameterKey": name, "ParameterValue": text} for name, text in given.items()]
    assert fill_parameters(declared, [{"ParameterKey": "Name", "ParameterValue": "ab"}], {}) == {
        "Name": "ab",
        "Count": "1",
        "Stage": "true",
    }
    with pytest.raises(TemplateError, match=sentence):
        fill_parameters(declared, listed, {})
