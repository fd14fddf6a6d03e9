"""Tuning through the AWS API, of a stand-in whose loss is known: the square of x - 3."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import ROLE, Account, describe_channel, name_image, wait_until_settled

NUMBER = {"Name": "x", "MinValue": "-10", "MaxValue": "10"}
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
CONTINUOUS = {"ContinuousParameterRanges": [NUMBER]}


@pytest.fixture(scope="module")
def tuner(account: Account) -> Account:
    """The service, with a channel."""
    account.bucket("tuning", **{"in/a.csv": "1"})
    return account


def tune(account: Account, name: str, strategy: str, ranges: dict[str, Any], **more: Any) -> None:
    limits = {"MaxNumberOfTrainingJobs": more.pop("jobs", 6), "MaxParallelTrainingJobs": 2}
    static = more.pop("static", {})
    if "training_image" not in more:
        static = {"act": "score"} | static
    metric = {"Name": "loss", "Regex": more.pop("regex", r"loss=(\S+)")}
    objective = more.pop("metric", "loss")
    algorithm: dict[str, Any] = {"TrainingImage": more.pop("training_image", name_image("standin"))}
    if objective == "loss":
        algorithm |= {"MetricDefinitions": [metric]}
    machines = more.pop("machines", {"ResourceConfig": MACHINE})
    account.sagemaker.create_hyper_parameter_tuning_job(
        **more.pop("autotune", {}),
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": objective},
            "ResourceLimits": limits,
            "ParameterRanges": ranges,
            "RandomSeed": 7,
        }
        | more,
        TrainingJobDefinition={
            "StaticHyperParameters": static,
            "AlgorithmSpecification": algorithm | {"TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "InputDataConfig": [describe_channel("train", "s3://tuning/in")],
            "OutputDataConfig": {"S3OutputPath": "s3://tuning/out"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        | machines,
    )


def tuned(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        ),
        "HyperParameterTuningJobStatus",
    )


def trials(account: Account, name: str, **more: Any) -> list[dict[str, Any]]:
    ask = account.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    more = {"MaxResults": 100, "SortBy": "FinalObjectiveMetricValue"} | more
    return list(ask(HyperParameterTuningJobName=name, **more)["TrainingJobSummaries"])


def value(trial: dict[str, Any]) -> float:
    return float(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_the_best_of_the_tried_values_is_told(tuner: Account, strategy: str) -> None:
    name = f"best-{strategy.lower()}"
    tune(tuner, name, strategy, CONTINUOUS)
    told = tuned(tuner, name)
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    assert told["TrainingJobStatusCounters"]["Completed"] == 6
    found = trials(tuner, name)
    losses = [value(trial) for trial in found]
    numbers = [float(trial["TunedHyperParameters"]["x"]) for trial in found]
    assert losses == pytest.approx([(number - 3) ** 2 for number in numbers])
    assert losses == sorted(losses)
    assert len(set(numbers)) == 6
    assert told["BestTrainingJob"]["TrainingJobName"] == found[0]["TrainingJobName"]
    job = tuner.sagemaker.describe_training_job(TrainingJobName=found[0]["TrainingJobName"])
    assert job["TuningJobArn"] == told["HyperParameterTuningJobArn"]
    assert job["HyperParameters"]["_tuning_objective_metric"] == "loss"
    assert job["HyperParameters"]["x"] == found[0]["TunedHyperParameters"]["x"]
    page = tuner.page("hyper-parameter-tuning-job", name)
    best = found[0]["TrainingJobName"]
    [row] = [row for row in page.split("<tr") if "(best)" in row]
    assert f"/{best}" in row
    assert f"<td>{losses[0]:.6g}</td>" in row


def test_a_grid_is_tried_point_by_point(tuner: Account) -> None:
    ranges = [{"Name": "x", "Values": ["1", "3", "4"]}, {"Name": "kind", "Values": ["a", "b"]}]
    machines = {"HyperParameterTuningResourceConfig": {"InstanceConfigs": [MACHINE]}}
    grid = {"CategoricalParameterRanges": ranges}
    tune(tuner, "grid", "Grid", grid, jobs=100, machines=machines)
    assert tuned(tuner, "grid")["HyperParameterTuningJobStatus"] == "Completed"
    [trial, *_] = trials(tuner, "grid")
    job = tuner.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
    assert job["ResourceConfig"] == MACHINE
    assert job["OutputDataConfig"] == {"S3OutputPath": "s3://tuning/out", "KmsKeyId": ""}
    points = [trial["TunedHyperParameters"] for trial in trials(tuner, "grid")]
    assert sorted((point["x"], point["kind"]) for point in points) == [
        (number, kind) for number in "134" for kind in "ab"
    ]
    assert value(trials(tuner, "grid")[0]) == 0


def test_a_hopeless_job_is_stopped_early(tuner: Account) -> None:
    """With less than 1 a job ends; others would go on for a minute unless they are stopped."""
    grid = [{"Name": "x", "Values": ["3", "2.5", "3.5", "10"]}]
    ranges = {"CategoricalParameterRanges": grid}
    early = {"TrainingJobEarlyStoppingType": "Auto", "static": {"patience": "1"}}
    tune(tuner, "early", "Grid", ranges, **early)
    told = tuned(tuner, "early")
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    status = {
        trial["TunedHyperParameters"]["x"]: trial["TrainingJobStatus"]
        for trial in trials(tuner, "early")
    }
    done = "Completed"
    assert status == {"3": done, "2.5": done, "3.5": done, "10": "Stopped"}


def test_each_training_job_has_checkpoints_of_its_own(tuner: Account) -> None:
    checkpoints = {"CheckpointConfig": {"S3Uri": "s3://tuning/checkpoints/"}}
    machines = {"ResourceConfig": MACHINE} | checkpoints
    tune(tuner, "checkpointed", "Random", CONTINUOUS, jobs=2, machines=machines)
    assert tuned(tuner, "checkpointed")["HyperParameterTuningJobStatus"] == "Completed"
    names = [trial["TrainingJobName"] for trial in trials(tuner, "checkpointed")]
    jobs = [tuner.sagemaker.describe_training_job(TrainingJobName=name) for name in names]
    assert [job["CheckpointConfig"]["S3Uri"] for job in jobs] == [
        f"s3://tuning/checkpoints/{name}" for name in names
    ]


def test_autotune_searches_what_the_image_declares(tuner: Account) -> None:
    """Of our image these are ranges near Amazon's; a stranger's declares none."""
    tuner.put("s3://tuning/in/a.csv", "".join(f"{n % 7},{n}\n" for n in range(70)))
    hints = {"AutoParameters": [{"Name": "max_depth", "ValueHint": "4"}]}
    enabled = {"autotune": {"Autotune": {"Mode": "Enabled"}}}
    booster = {
        "training_image": name_image("xgboost"),
        "static": {"num_round": "1"},
        "regex": r"train-rmse:(\S+)",
        "jobs": 2,
    }
    with pytest.raises(ClientError, match="AutoParameters need Autotune"):
        tune(tuner, "autotuned", "Random", hints, **booster)
    with pytest.raises(ClientError, match="declares no ranges of hyperparameters"):
        tune(tuner, "autotuned", "Random", hints, **enabled)
    tune(tuner, "autotuned", "Random", hints, **enabled, **booster)
    tune(tuner, "autotuned-all", "Random", {}, **enabled, **booster)
    described = tuned(tuner, "autotuned")
    assert described["HyperParameterTuningJobStatus"] == "Completed", described
    assert described["Autotune"] == {"Mode": "Enabled"}
    tried = [trial["TunedHyperParameters"] for trial in trials(tuner, "autotuned")]
    assert [set(one) for one in tried] == [{"max_depth"}] * 2
    assert {one["max_depth"] for one in tried} <= {str(number) for number in range(1, 11)}
    assert tuned(tuner, "autotuned-all")["HyperParameterTuningJobStatus"] == "Completed"
    for trial in trials(tuner, "autotuned-all"):
        assert {"eta", "max_depth"} < trial["TunedHyperParameters"].keys()
        assert "num_round" not in trial["TunedHyperParameters"]


def test_a_target_that_is_reached_ends_the_search(tuner: Account) -> None:
    grid = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["3", *"98765421"]}]}
    goal = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.5}}
    tune(tuner, "target", "Grid", grid, jobs=9, **goal)
    assert tuned(tuner, "target")["HyperParameterTuningJobStatus"] == "Completed"
    assert len(trials(tuner, "target")) <= 4


def test_a_stopped_search_stops_its_jobs(tuner: Account) -> None:
    tune(tuner, "stopped-search", "Random", CONTINUOUS, static={"patience": "-1"})
    tuner.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped-search")
    assert tuned(tuner, "stopped-search")["HyperParameterTuningJobStatus"] == "Stopped"
    found = trials(tuner, "stopped-search", SortBy="Name")
    assert {trial["TrainingJobStatus"] for trial in found} <= {"Stopped"}


def test_amazons_xgboost_brings_its_metrics(tuner: Account) -> None:
    image = {
        "training_image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    }
    tune(tuner, "built-in", "Random", CONTINUOUS, jobs=1, metric="validation:rmse", **image)
    job = tuner.sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="built-in"
    )
    algorithm = job["TrainingJobDefinition"]["AlgorithmSpecification"]
    metrics = {item["Name"]: item["Regex"] for item in algorithm["MetricDefinitions"]}
    assert len(metrics) <= 40  # the API's limit
    line = "[12]#011train-rmse:0.5#011validation-rmse:1.25e-3"
    values = {name: re.search(regex, line) for name, regex in metrics.items()}
    found = {name: match[1] for name, match in values.items() if match}
    assert found == {"train:rmse": "0.5", "validation:rmse": "1.25e-3"}
    with pytest.raises(
        ClientError,
        match="validation:mood is none of the MetricDefinitions",
    ):
        tune(tuner, "never", "Random", CONTINUOUS, jobs=1, metric="validation:mood", **image)
    tuned(tuner, "built-in")


def test_a_metric_that_never_comes_fails_the_search(tuner: Account) -> None:
    tune(tuner, "silent", "Random", CONTINUOUS, jobs=1, regex=r"gain=(\S+)")
    told = tuned(tuner, "silent")
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert "objective metric" in told["FailureReason"]


def test_an_objective_that_is_not_finite_does_not_count(tuner: Account) -> None:
    """The training job completes: its loss is nan, which CloudWatch does not take."""
    grid = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["nan", "inf", "5"]}]}
    tune(tuner, "endless-loss", "Grid", grid, jobs=3)
    told = tuned(tuner, "endless-loss")
    counts = told["TrainingJobStatusCounters"], told["ObjectiveStatusCounters"]
    assert (counts[0]["Completed"], counts[1]["Succeeded"], counts[1]["Failed"]) == (3, 1, 2)
    assert value(told["BestTrainingJob"]) == 4
    assert "nan," not in tuner.page("hyper-parameter-tuning-job", "endless-loss")


@pytest.mark.parametrize(
    ("strategy", "ranges", "sentence"),
    [
        ("Hyperband", CONTINUOUS, "MaxResource is missing: give HyperbandStrategyConfig"),
        ("Grid", CONTINUOUS, "categorical parameters only"),
        ("Random", {}, "has no range"),
        (
            "Random",
            {"ContinuousParameterRanges": [NUMBER | {"ScalingType": "Logarithmic"}]},
            "begins above 0",
        ),
        (
            "Random",
            {"IntegerParameterRanges": [NUMBER | {"MinValue": "11"}]},
            "MinValue 11 is larger than MaxValue 10",
        ),
        (
            "Random",
            {"IntegerParameterRanges": [NUMBER | {"MinValue": "1.5"}]},
            "MinValue and MaxValue must be whole numbers",
        ),
        (
            "Random",
            {"ContinuousParameterRanges": [NUMBER | {"MaxValue": "inf"}]},
            "MinValue and MaxValue must be finite",
        ),
        (
            "Random",
            {"ContinuousParameterRanges": [NUMBER | {"ScalingType": "ReverseLogarithmic"}]},
            "a reverse logarithmic range is continuous, from 0 to less than 1",
        ),
        (
            "Random",
            {**CONTINUOUS, "CategoricalParameterRanges": [{"Name": "x", "Values": ["1"]}]},
            "ParameterRanges has more than one range of x",
        ),
    ],
)
def test_a_search_that_cannot_be_done_is_refused(
    tuner: Account, strategy: str, ranges: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        tune(tuner, "refused", strategy, ranges)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
