"""Several definitions, warm start, Hyperband and completion through the AWS API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import ROLE, Account, describe_channel, name_image, wait_until_settled

MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
OBJECTIVE = {"Type": "Minimize", "MetricName": "loss"}
LIMITS = {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 3}
RANGES = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "-10", "MaxValue": "10"}]}


@pytest.fixture(scope="module")
def tuner(account: Account) -> Account:
    """The service, with two channels."""
    account.bucket("forms", **{"in/a.csv": "1", "other/a.csv": "1"})
    return account


def define(act: str = "score", data: str = "in", **more: Any) -> dict[str, Any]:
    static = {"act": act} | more.pop("static", {})
    return {
        "StaticHyperParameters": static,
        "AlgorithmSpecification": {
            "TrainingImage": name_image("standin"),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        },
        "RoleArn": ROLE,
        "InputDataConfig": [describe_channel("train", f"s3://forms/{data}")],
        "OutputDataConfig": {"S3OutputPath": "s3://forms/out"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ResourceConfig": MACHINE,
        **more,
    }


def tune(account: Account, name: str, config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Run a tuning job to its end and describe it."""
    client = account.sagemaker
    client.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "ResourceLimits": LIMITS,
            "RandomSeed": 3,
            **config,
        },
        **more,
    )
    return wait_until_settled(
        lambda: client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name),
        "HyperParameterTuningJobStatus",
    )


def list_trials(account: Account, name: str) -> list[dict[str, Any]]:
    listed = account.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    found = listed(HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue")
    return list(found["TrainingJobSummaries"])


SINGLE = {"HyperParameterTuningJobObjective": OBJECTIVE, "ParameterRanges": RANGES}


def test_several_definitions_have_ranges_of_their_own_and_one_budget(tuner: Account) -> None:
    near = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "2", "MaxValue": "4"}]}
    parts: dict[str, Any] = {"TuningObjective": OBJECTIVE}
    definitions = [
        define(DefinitionName="near", HyperParameterRanges=near, **parts),
        define(DefinitionName="wide", HyperParameterRanges=RANGES, **parts),
    ]
    told = tune(tuner, "several", {}, TrainingJobDefinitions=definitions)
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    found = list_trials(tuner, "several")
    assert sorted(one["TrainingJobDefinitionName"] for one in found) == ["near"] * 3 + ["wide"] * 3
    for one in found:
        if one["TrainingJobDefinitionName"] == "near":
            assert 2 <= float(one["TunedHyperParameters"]["x"]) <= 4
    assert told["BestTrainingJob"]["TrainingJobName"] == found[0]["TrainingJobName"]
    assert told["ConsumedResources"]["RuntimeInSeconds"] >= 6  # at least a second a job


def test_a_warm_start_learns_from_its_parent_and_knows_the_best_of_both(tuner: Account) -> None:
    limits = {"ResourceLimits": LIMITS | {"MaxNumberOfTrainingJobs": 2}}
    grid = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["3", *"24591"]}]}
    first = {**SINGLE, "ParameterRanges": grid, "Strategy": "Grid"}
    parent = tune(tuner, "parent", first, TrainingJobDefinition=define())
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    child = {**SINGLE, **limits, "Strategy": "Bayesian"}
    told = tune(tuner, "child", child, TrainingJobDefinition=define(), WarmStartConfig=warm)
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    assert told["OverallBestTrainingJob"] == parent["BestTrainingJob"]
    assert told["BestTrainingJob"]["TrainingJobName"].startswith("child-")
    cold = tune(tuner, "cold", child, TrainingJobDefinition=define())
    assert cold["HyperParameterTuningJobStatus"] == "Completed", cold
    proposed = [
        {one["TunedHyperParameters"]["x"] for one in list_trials(tuner, name)}
        for name in ("child", "cold")
    ]
    assert not proposed[0] & proposed[1]  # with one seed, they would be the same without a parent

    for change, sentence in {
        "data": "Parent tuning job parent has other input data: IdenticalDataAndAlgorithm",
        "objective": "Parent tuning job parent has another objective: Minimize loss",
        "missing": "Requested resource not found",
    }.items():
        config, other, named = dict(child), define(), dict(warm)
        if change == "data":
            other = define(data="other")
        elif change == "objective":
            config["HyperParameterTuningJobObjective"] = OBJECTIVE | {"Type": "Maximize"}
        else:
            named["ParentHyperParameterTuningJobs"] = [{"HyperParameterTuningJobName": "nobody"}]
        with pytest.raises(ClientError, match=sentence):
            tune(tuner, "refused", config, TrainingJobDefinition=other, WarmStartConfig=named)
    transfer = warm | {"WarmStartType": "TransferLearning"}
    other = define(data="other")
    told = tune(tuner, "transfer", child, TrainingJobDefinition=other, WarmStartConfig=transfer)
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    assert "OverallBestTrainingJob" not in told


def test_hyperband_stops_jobs_and_ends_those_that_used_up_their_resource(tuner: Account) -> None:
    config = {
        **SINGLE,
        "Strategy": "Hyperband",
        "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}},
    }
    definition = define("descend", static={"rounds": "400"})
    told = tune(tuner, "hyperband", config, TrainingJobDefinition=definition)
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    assert told["TrainingJobStatusCounters"]["Stopped"] == 6  # none would end for 40 seconds
    assert told["ObjectiveStatusCounters"]["Succeeded"] == 6


def test_a_search_ends_when_nothing_better_comes(tuner: Account) -> None:
    grid = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["3", *"98765421"]}]}
    config = {
        **SINGLE,
        "Strategy": "Grid",
        "ParameterRanges": grid,
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1},
        "TuningJobCompletionCriteria": {
            "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}
        },
    }
    told = tune(tuner, "stagnates", config, TrainingJobDefinition=define())
    assert len(list_trials(tuner, "stagnates")) == 4
    details = told["TuningJobCompletionDetails"]
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] == 3

    client = tuner.sagemaker
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="stagnates")
    with pytest.raises(ClientError, match="Requested resource not found"):
        client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="stagnates")


@pytest.mark.parametrize(
    ("config", "definitions", "sentence"),
    [
        ({}, [], "Give either a TrainingJobDefinition or TrainingJobDefinitions"),
        ({}, [{}], "needs a DefinitionName"),
        (SINGLE, [{"DefinitionName": "a"}], "is for a single TrainingJobDefinition"),
        ({}, [{"DefinitionName": "a"}], "Definition a needs a TuningObjective"),
        (
            {},
            [{"DefinitionName": "a", "TuningObjective": OBJECTIVE, "HyperParameterRanges": RANGES}]
            * 2,
            "The DefinitionNames must differ: a, a",
        ),
        (
            {},
            [
                {"DefinitionName": name, "TuningObjective": {"Type": kind, "MetricName": "loss"}}
                for name, kind in (("a", "Minimize"), ("b", "Maximize"))
            ],
            "must all be of one Type",
        ),
    ],
)
def test_definitions_that_do_not_fit_together_are_refused(
    tuner: Account, config: dict[str, Any], definitions: list[dict[str, Any]], sentence: str
) -> None:
    several = {"TrainingJobDefinitions": [define(**one) for one in definitions]}
    with pytest.raises(ClientError, match=sentence) as refused:
        tune(tuner, "refused", config, **(several if definitions else {}))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
