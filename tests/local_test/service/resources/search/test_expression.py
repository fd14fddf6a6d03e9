"""Expressions of a search against a naive evaluation of the same, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_test.service.api.api_errors import ApiError
from local_test.service.api.service_model import ServiceModel
from local_test.service.resources.search.expression import make_expression
from tests.local_test.service.resources.search import naive_search

SHAPE = (
    ServiceModel()
    .get_operation("Search")
    .output_shape.members["Results"]
    .member.members["TrainingJob"]
)
EQUALITY = ["Equals", "NotEquals"]
ORDER = ["GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"]
TEXTS = ["a", "ab", "b.c", "a,b", "5", "0.5"]
NUMBERS = ["0", "1", "0.5", "1.5", "-2", "1e3"]
SECONDS = [1_790_000_000.0, 1_790_000_000.5, 1_790_000_060.0]
ISO = ["2026-09-21T14:13:20", "2026-09-21T14:13:20.500", "2026-09-21T14:14:20"]
PROPERTIES = {
    "TrainingJobName": (TEXTS, [*EQUALITY, "In"]),
    "AlgorithmSpecification.TrainingImage": (TEXTS, [*EQUALITY, "In"]),
    "InputDataConfig.ChannelName": (TEXTS, [*EQUALITY, "In"]),
    "InputDataConfig.DataSource.S3DataSource.S3Uri": (TEXTS, EQUALITY),
    "HyperParameters.eta": ([*NUMBERS, "a"], EQUALITY),
    "HyperParameters.max.depth": (NUMBERS, ORDER),
    "Tags.team": (TEXTS, [*EQUALITY, "In"]),
    "Metrics.train:rmse": (NUMBERS, [*EQUALITY, *ORDER]),
    "TrainingTimeInSeconds": (NUMBERS, [*EQUALITY, *ORDER]),
    "ResourceConfig.InstanceCount": (NUMBERS, ORDER),
    "EnableNetworkIsolation": (["true", "false"], EQUALITY),
    "CreationTime": (ISO, [*EQUALITY, *ORDER]),
}
CHANNEL = st.fixed_dictionaries(
    {"ChannelName": st.sampled_from(TEXTS)},
    optional={
        "DataSource": st.fixed_dictionaries(
            {"S3DataSource": st.fixed_dictionaries({"S3Uri": st.sampled_from(TEXTS)})}
        )
    },
)
JOBS = st.fixed_dictionaries(
    {"TrainingJobName": st.sampled_from(TEXTS), "CreationTime": st.sampled_from(SECONDS)},
    optional={
        "AlgorithmSpecification": st.fixed_dictionaries({"TrainingImage": st.sampled_from(TEXTS)}),
        "InputDataConfig": st.lists(CHANNEL, max_size=3),
        "HyperParameters": st.dictionaries(
            st.sampled_from(["eta", "max.depth"]), st.sampled_from([*NUMBERS, "a", "nan"])
        ),
        "Tags": st.lists(
            st.fixed_dictionaries(
                {"Key": st.sampled_from(["team", "x"]), "Value": st.sampled_from(TEXTS)}
            ),
            max_size=2,
        ),
        "FinalMetricDataList": st.lists(
            st.fixed_dictionaries(
                {"MetricName": st.just("train:rmse"), "Value": st.sampled_from([0.5, 1.0, -2.0])}
            ),
            max_size=1,
        ),
        "TrainingTimeInSeconds": st.integers(-2, 2),
        "ResourceConfig": st.fixed_dictionaries({}, optional={"InstanceCount": st.integers(0, 2)}),
        "EnableNetworkIsolation": st.booleans(),
    },
)


@st.composite
def draw_filter(draw: st.DrawFn, prefix: str = "") -> dict[str, str]:
    names = [name for name in PROPERTIES if name.startswith(prefix)]
    name = draw(st.sampled_from(names))
    values, operators = PROPERTIES[name]
    operator = draw(st.sampled_from([*operators, "Exists", "NotExists", ""]))
    filter_ = {"Name": name} | ({"Operator": operator} if operator else {})
    return filter_ if "xists" in operator else filter_ | {"Value": draw(st.sampled_from(values))}


NESTED = st.fixed_dictionaries(
    {
        "NestedPropertyName": st.just("InputDataConfig"),
        "Filters": st.lists(draw_filter("InputDataConfig."), min_size=1, max_size=2),
    }
)
LEAVES = st.fixed_dictionaries(
    {"Filters": st.lists(draw_filter(), min_size=1, max_size=3)},
    optional={
        "NestedFilters": st.lists(NESTED, min_size=1, max_size=2),
        "Operator": st.sampled_from(["And", "Or"]),
    },
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda below: st.fixed_dictionaries(
        {"SubExpressions": st.lists(below, min_size=1, max_size=2)},
        optional={
            "Filters": st.lists(draw_filter(), min_size=1, max_size=2),
            "Operator": st.sampled_from(["And", "Or"]),
        },
    ),
    max_leaves=4,
)


@settings(deadline=None, max_examples=200)
@given(job=JOBS, expression=EXPRESSIONS)
def test_an_expression_is_as_a_naive_evaluation_has_it(
    job: dict[str, Any], expression: dict[str, Any]
) -> None:
    assert make_expression(SHAPE, expression)(job) is naive_search.fits(job, expression)


def fits(job: dict[str, Any], name: str, operator: str, value: str) -> bool:
    filter_ = {"Name": name, "Operator": operator, "Value": value}
    return make_expression(SHAPE, {"Filters": [filter_]})(job)


def test_each_operator_by_example() -> None:
    job = {
        "TrainingJobName": "abc",
        "HyperParameters": {"eta": "0.3", "depth": "5.7", "kind": "gbtree"},
        "CreationTime": SECONDS[0],
        "Tags": [{"Key": "a.b", "Value": "x"}],
    }
    assert fits(job, "TrainingJobName", "Contains", "bc")
    assert not fits(job, "TrainingJobName", "Contains", "BC")
    assert fits(job, "TrainingJobName", "In", "x, abc")
    assert fits(job, "HyperParameters.eta", "LessThan", "0.5")
    assert fits(job, "HyperParameters.eta", "Equals", "0.30")
    assert fits(job, "HyperParameters.depth", "Equals", "5")  # an integer: 5.7 is taken as 5
    assert not fits(job, "HyperParameters.depth", "Equals", "5.0")
    assert not fits(job, "HyperParameters.kind", "GreaterThan", "0")
    assert fits(job, "HyperParameters.kind", "Contains", "tree")
    assert fits(job, "HyperParameters.none", "NotEquals", "0")
    assert fits(job, "Tags.a.b", "Equals", "x")
    assert fits(job, "CreationTime", "Equals", "2026-09-21T16:13:20+02:00")
    assert fits(job, "CreationTime", "LessThanOrEqualTo", "2026-09-21T14:13:20Z")


def test_a_nested_filter_wants_one_entry_that_satisfies_all() -> None:
    first, second = "InputDataConfig.ChannelName", "InputDataConfig.ContentType"
    filters = [{"Name": first, "Value": "train"}, {"Name": second, "Value": "text/csv"}]
    nested = {"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": filters}]}
    channels = [
        {"ChannelName": "train", "ContentType": "x"},
        {"ChannelName": "test", "ContentType": "text/csv"},
    ]
    assert make_expression(SHAPE, {"Filters": filters})({"InputDataConfig": channels})
    assert not make_expression(SHAPE, nested)({"InputDataConfig": channels})
    channels[0]["ContentType"] = "text/csv"
    assert make_expression(SHAPE, nested)({"InputDataConfig": channels})


def one(name: str, **more: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, **more}]}


def nest(name: str, *names: str) -> dict[str, Any]:
    filters = [{"Name": inner, "Value": "x"} for inner in names]
    return {"NestedFilters": [{"NestedPropertyName": name, "Filters": filters}]}


CONTAINS = {"Name": "TrainingJobName", "Operator": "Contains", "Value": "x"}


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ({}, "Empty SearchExpression"),
        ({"SubExpressions": [{}]}, "Empty SearchExpression"),
        (one("TrialName", Value="x"), "Unknown property name: TrialName"),
        (one("ResourceConfig.X", Value="x"), "Unknown property name: ResourceConfig.X"),
        (one("TrainingJobName.x", Value="x"), "Unknown property name: TrainingJobName.x"),
        (one("Tags", Value="x"), "Operator Equals is not supported for the property Tags"),
        (one("HyperParameters", Value="x"), "not supported for the property HyperParameters"),
        (
            one("TrainingJobName", Operator="LessThan", Value="x"),
            r"LessThan is not supported for the property TrainingJobName \(text\)\. Use one of",
        ),
        (one("CreationTime", Operator="In", Value="x"), "In is not supported for the property"),
        (one("Metrics.x", Operator="Contains", Value="1"), "Contains is not supported"),
        (one("TrainingJobName"), "Operator Equals needs a Value: property TrainingJobName"),
        (one("TrainingJobName", Operator="Exists", Value="x"), "Exists takes no Value"),
        (
            one("CreationTime", Value="yesterday"),
            "does not fit the property CreationTime. Give a t",
        ),
        (one("Metrics.x", Value="nan"), "does not fit the property Metrics.x. Give an integer or"),
        (one("HyperParameters.x", Operator="LessThan", Value="y"), "Give an integer or a decimal"),
        (one("EnableNetworkIsolation", Value="yes"), "Give true or false"),
        (nest("Nothing", "Nothing.x"), "Unknown property name: Nothing"),
        (nest("ResourceConfig", "ResourceConfig.x"), "No list of structures: ResourceConfig"),
        (nest("InputDataConfig", "TrainingJobName"), "outside of its list: TrainingJobName"),
        (nest("InputDataConfig", "InputDataConfig.X"), "Unknown property name: X"),
        ({"Filters": [CONTAINS], **nest("InputDataConfig", "InputDataConfig.X")}, "Unknown"),
        ({"Filters": [CONTAINS, CONTAINS]}, "'CONTAINS' operator usage limit of 1 exceeded"),
        (
            {"SubExpressions": [{"Filters": [{**CONTAINS, "Operator": "Equals"}] * 17}] * 3},
            "Too many elements: 54",
        ),
    ],
)
def test_an_expression_that_is_refused(expression: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ApiError, match=sentence) as refused:
        make_expression(SHAPE, expression)
    assert (refused.value.code, refused.value.status) == ("ValidationException", 400)
