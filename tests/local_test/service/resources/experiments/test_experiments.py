"""Experiments, trials and trial components through the AWS API: names, integrity, merges, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.resources import registry
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service

ARN = f"arn:aws:sagemaker:{REGION}:123456789012"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("experiments")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sagemaker(service: tuple[Backend, Any]) -> Any:
    """A client of a service with experiment Prices, trials t1 and t2, components c0 to c2."""
    sagemaker = service[1]
    sagemaker.create_experiment(ExperimentName="Prices", Description="of houses")
    for name in ("t1", "t2"):
        sagemaker.create_trial(TrialName=name, ExperimentName="prices")
    for number in range(3):
        sagemaker.create_trial_component(
            TrialComponentName=f"c{number}",
            Parameters={"depth": {"NumberValue": number + 0.5}, "kind": {"StringValue": "a.b"}},
            Tags=[{"Key": "number", "Value": str(number)}],
        )
    for trial, component in (("t1", "c0"), ("t1", "c1"), ("t2", "c1")):
        sagemaker.associate_trial_component(TrialName=trial, TrialComponentName=component)
    return sagemaker


def refuse(call: Callable[..., Any], code: str, match: str, **request: Any) -> None:
    with pytest.raises(ClientError, match=match) as refused:
        call(**request)
    assert refused.value.response["Error"]["Code"] == code


def test_names_ignore_the_case_and_keep_their_spelling(sagemaker: Any) -> None:
    described = sagemaker.describe_experiment(ExperimentName="PRICES")
    assert described["ExperimentName"] == described["DisplayName"] == "Prices"
    assert described["ExperimentArn"] == f"{ARN}:experiment/prices"
    assert described["CreatedBy"] == {}
    create = sagemaker.create_experiment
    refuse(create, "ValidationException", "already exists", ExperimentName="PriceS")
    assert sagemaker.describe_trial(TrialName="T1")["ExperimentName"] == "Prices"


def test_what_is_missing_is_not_found(sagemaker: Any) -> None:
    for call, request in (
        (sagemaker.describe_experiment, {"ExperimentName": "none"}),
        (sagemaker.create_trial, {"TrialName": "t", "ExperimentName": "none"}),
        (sagemaker.describe_trial_component, {"TrialComponentName": "none"}),
        (sagemaker.describe_trial_component, {"TrialComponentName": f"{ARN}:experiment/c0"}),
        (sagemaker.associate_trial_component, {"TrialName": "none", "TrialComponentName": "c0"}),
        (sagemaker.disassociate_trial_component, {"TrialName": "t2", "TrialComponentName": "c0"}),
        (sagemaker.list_trials, {"ExperimentName": "none"}),
        (sagemaker.list_trial_components, {"TrialName": "none"}),
    ):
        refuse(call, "ResourceNotFound", "none|c0", **request)


def test_what_holds_others_is_not_deleted(sagemaker: Any) -> None:
    invalid = "ValidationException"
    refuse(sagemaker.delete_experiment, invalid, "has 2 trials", ExperimentName="Prices")
    refuse(sagemaker.delete_trial, invalid, "t1 has 2 trial components", TrialName="t1")
    delete = sagemaker.delete_trial_component
    refuse(delete, invalid, "associated with t1, t2", TrialComponentName="c1")


def test_a_whole_experiment_is_taken_apart(sagemaker: Any) -> None:
    sagemaker.create_experiment(ExperimentName="gone", Tags=[{"Key": "a", "Value": "b"}])
    sagemaker.create_trial(TrialName="gone-t", ExperimentName="gone")
    component = {"TrialComponentName": "gone-c"}
    sagemaker.create_trial_component(**component)
    for _ in range(2):  # doing it again changes nothing
        sagemaker.associate_trial_component(TrialName="gone-t", **component)
    sagemaker.disassociate_trial_component(TrialName="gone-t", **component)
    sagemaker.delete_trial_component(**component)
    sagemaker.delete_trial(TrialName="gone-t")
    arn = sagemaker.delete_experiment(ExperimentName="GONE")["ExperimentArn"]
    refuse(sagemaker.describe_experiment, "ResourceNotFound", "gone", ExperimentName="gone")
    with pytest.raises(ClientError, match="Could not find a resource"):
        sagemaker.list_tags(ResourceArn=arn)


def test_an_update_merges_entries_and_removes_named_ones(sagemaker: Any) -> None:
    component = {"TrialComponentName": "merged"}
    arn = sagemaker.create_trial_component(
        **component,
        Parameters={"a": {"NumberValue": 1}, "b": {"StringValue": "x"}},
        InputArtifacts={"data": {"MediaType": "text/csv", "Value": "s3://b/k"}},
        StartTime=5.0,
    )["TrialComponentArn"]
    sagemaker.update_trial_component(
        **component,
        Parameters={"b": {"NumberValue": 2}, "c": {"NumberValue": 3}},
        ParametersToRemove=["a", "never-there"],
        OutputArtifacts={"model": {"Value": "s3://b/m"}},
        Status={"PrimaryStatus": "Completed", "Message": "done"},
    )
    described = sagemaker.describe_trial_component(TrialComponentName=arn)
    assert described["Parameters"] == {"b": {"NumberValue": 2.0}, "c": {"NumberValue": 3.0}}
    assert described["InputArtifacts"] == {"data": {"MediaType": "text/csv", "Value": "s3://b/k"}}
    assert described["OutputArtifacts"] == {"model": {"Value": "s3://b/m"}}
    assert described["Status"] == {"PrimaryStatus": "Completed", "Message": "done"}
    assert described["StartTime"].timestamp() == 5
    assert described["LastModifiedTime"] >= described["CreationTime"]
    update, both = sagemaker.update_trial_component, {"b": {"NumberValue": 1.0}}
    refuse(
        update, "ValidationException", "b", **component, Parameters=both, ParametersToRemove=["b"]
    )


def test_parameters_have_one_value_and_a_limit(sagemaker: Any) -> None:
    create, name = sagemaker.create_trial_component, {"TrialComponentName": "bad"}
    for value, said in (
        ({}, "has none"),
        ({"NumberValue": 1.0, "StringValue": "1"}, "has StringValue and NumberValue"),
    ):
        refuse(create, "ValidationException", said, **name, Parameters={"p": value})
    refuse(sagemaker.describe_trial_component, "ResourceNotFound", "bad", **name)
    full = {f"p{number}": {"NumberValue": number} for number in range(300)}
    sagemaker.create_trial_component(TrialComponentName="full", Parameters=full)
    update, one_more = sagemaker.update_trial_component, {"q": {"NumberValue": 1}}
    limit = {"TrialComponentName": "full", "Parameters": one_more}
    refuse(update, "ValidationException", "Too many Parameters: 301", **limit)


def test_other_updates_change_what_they_name(sagemaker: Any) -> None:
    sagemaker.update_experiment(ExperimentName="prices", DisplayName="Shown")
    described = sagemaker.describe_experiment(ExperimentName="prices")
    assert (described["DisplayName"], described["Description"]) == ("Shown", "of houses")
    sagemaker.update_trial(TrialName="T2", DisplayName="second")
    assert sagemaker.describe_trial(TrialName="t2")["DisplayName"] == "second"


def test_lists_are_filtered_and_ordered(sagemaker: Any) -> None:
    def list_components(**request: Any) -> list[str]:
        pages = sagemaker.get_paginator("list_trial_components").paginate(
            **request, PaginationConfig={"PageSize": 1}
        )
        return [
            item["TrialComponentName"] for page in pages for item in page["TrialComponentSummaries"]
        ]

    by_name = {"SortBy": "Name", "SortOrder": "Ascending"}
    assert list_components(TrialName="T1", **by_name) == ["c0", "c1"]
    assert list_components(ExperimentName="prices") == ["c1", "c0"]
    both = {"ExperimentName": "Prices", "TrialName": "t1"}
    refuse(sagemaker.list_trial_components, "ValidationException", "More than one filter", **both)
    trials = sagemaker.list_trials(TrialComponentName="c1", **by_name)["TrialSummaries"]
    assert [trial["TrialName"] for trial in trials] == ["t1", "t2"]
    assert sagemaker.list_trials(TrialComponentName="c2")["TrialSummaries"] == []
    [experiment] = sagemaker.list_experiments()["ExperimentSummaries"]
    assert experiment["ExperimentName"] == "Prices"


@pytest.mark.parametrize(
    ("name", "operator", "value", "found"),
    [
        ("Parents.TrialName", "Equals", "t1", ["c0", "c1"]),
        ("Parents.ExperimentName", "Equals", "Prices", ["c0", "c1"]),
        ("Parameters.depth", "GreaterThan", "1", ["c1", "c2"]),
        ("parameters.depth", "Equals", "0.5", ["c0"]),
        ("Parameters.kind", "Equals", "a.b", ["c0", "c1", "c2"]),
        ("Tags.number", "Equals", "2", ["c2"]),
    ],
)
def test_components_are_searched(
    sagemaker: Any, name: str, operator: str, value: str, found: list[str]
) -> None:
    filters = [{"Name": name, "Operator": operator, "Value": value}]
    results = sagemaker.search(
        Resource="ExperimentTrialComponent",
        SearchExpression={"Filters": filters},
        SortBy="Parameters.depth",
        SortOrder="Ascending",
    )["Results"]
    assert [result["TrialComponent"]["TrialComponentName"] for result in results] == found


def test_trials_are_searched_with_their_components(sagemaker: Any) -> None:
    search = {"Resource": "ExperimentTrial", "SortBy": "TrialName", "SortOrder": "Ascending"}
    trials = [result["Trial"] for result in sagemaker.search(**search)["Results"]]
    components = {
        trial["TrialName"]: [one["TrialComponentName"] for one in trial["TrialComponentSummaries"]]
        for trial in trials
    }
    assert components == {"t1": ["c0", "c1"], "t2": ["c1"]}
    suggested = sagemaker.get_search_suggestions(
        Resource="ExperimentTrialComponent",
        SuggestionQuery={"PropertyNameQuery": {"PropertyNameHint": "Parameters.d"}},
    )["PropertyNameSuggestions"]
    assert suggested == [{"PropertyName": "Parameters.depth"}]


def test_all_is_there_after_a_restart(service: tuple[Backend, Any], sagemaker: Any) -> None:
    folder = service[0].folder
    before = sagemaker.describe_trial_component(TrialComponentName="c1")
    service[0].metric_store.close()
    service[0].records.close_store()
    with open_service(folder) as (backend, again):
        registry.resume(backend)
        after = again.describe_trial_component(TrialComponentName="c1")
        assert before["Parameters"] == after["Parameters"]
        trials = again.list_trials(TrialComponentName="c1")["TrialSummaries"]
        assert {trial["TrialName"] for trial in trials} == {"t1", "t2"}
        backend.close()
