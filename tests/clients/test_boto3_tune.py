"""boto3 tunes the real booster over a grid, and trains the best again by hand."""

from __future__ import annotations

from tests.clients.account import ROLE, Account, describe_channel, name_image, wait_until_settled

NUMBERS = "".join(f"{row % 7},{row % 7},{row}\n" for row in range(70))
ERROR = r".*\[[0-9]+\].*#011train-rmse:(\S+)"


def test_the_best_depth_is_found_and_is_what_training_alone_gives(account: Account) -> None:
    data = account.bucket("depths", **{"in/a.csv": NUMBERS})
    algorithm = {
        "TrainingImage": name_image("xgboost"),
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "train:rmse", "Regex": ERROR}],
    }
    fixed = {"num_round": "3"}
    account.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="depths",
        HyperParameterTuningJobConfig={
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "train:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "CategoricalParameterRanges": [{"Name": "max_depth", "Values": ["1", "4"]}]
            },
        },
        TrainingJobDefinition={
            "StaticHyperParameters": fixed,
            "AlgorithmSpecification": algorithm,
            "RoleArn": ROLE,
            "InputDataConfig": [describe_channel("train", f"{data}/in")],
            "OutputDataConfig": {"S3OutputPath": f"{data}/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    )
    told = wait_until_settled(
        lambda: account.sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="depths"
        ),
        "HyperParameterTuningJobStatus",
    )
    assert told["HyperParameterTuningJobStatus"] == "Completed", told
    best = told["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"max_depth": "4"}
    account.train(
        "depth-4",
        name_image("xgboost"),
        f"{data}/in",
        HyperParameters=fixed | {"max_depth": "4"},
        algorithm={"MetricDefinitions": algorithm["MetricDefinitions"]},
    )
    [alone] = account.trained("depth-4")["FinalMetricDataList"]
    assert alone["Value"] == best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
