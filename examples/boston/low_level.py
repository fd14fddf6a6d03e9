"""Boston's prices by boto3: one call for each thing the service does.

    low_level.py ROLE TAG FOLDER

ROLE is the ARN of an execution role, TAG that of the images `make push` brought to ECR (with the
local SageMaker any role, and a tag you built), FOLDER what `examples.boston.data` wrote.
`high_level.py` beside this file is the same, step by step, by the SageMaker SDK.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

role, tag, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
session = boto3.Session()
account = session.client("sts").get_caller_identity()["Account"]
registry = f"{account}.dkr.ecr.{session.region_name}.amazonaws.com"
sagemaker, s3 = session.client("sagemaker"), session.client("s3")
bucket, name = f"tandem-boston-{account}", f"boston-{int(time.time())}"
place = f"s3://{bucket}/{name}"
machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


def wait_for(describe: Callable[..., dict[str, Any]], status: str, **what: str) -> dict[str, Any]:
    """Look again, ever less often, until the work has ended."""
    seconds = 0.2
    while (description := describe(**what))[status] in {"InProgress", "Creating", "Stopping"}:
        time.sleep(seconds)
        seconds = min(1.3 * seconds, 15)
    if description[status] not in {"Completed", "InService"}:
        sys.exit(f"{what} is {description[status]}: {description.get('FailureReason')}")
    return description


def make_channel(title: str, key: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{place}/{key}"}
    return {
        "ChannelName": title,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": source},
    }


def make_training(image: str) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {
            "TrainingImage": f"{registry}/tandem-{image}:{tag}",
            "TrainingInputMode": "File",
        },
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": f"{place}/models"},
        "ResourceConfig": machine | {"VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def make_container(image: str, job: dict[str, Any]) -> dict[str, str]:
    archive = job["ModelArtifacts"]["S3ModelArtifacts"]
    return {"Image": f"{registry}/tandem-{image}:{tag}", "ModelDataUrl": archive}


def make_transform(model: str, key: str, target: str) -> None:
    job = f"{name}-{target}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{place}/{key}"}
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=model,
        TransformInput={"DataSource": {"S3DataSource": source}, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"{place}/{target}", "Accept": "text/csv"},
        TransformResources=machine,
    )
    wait_for(sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName=job)


# 1. Data into S3.
elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": session.region_name}}
s3.create_bucket(Bucket=bucket, **({} if session.region_name == "us-east-1" else elsewhere))
for key in ("fit/train.csv", "fit/validation.csv", "ask/asked.csv"):
    s3.upload_file(str(folder / Path(key).name), bucket, f"{name}/{key}")

# 2. Fit the transform.
sagemaker.create_training_job(
    TrainingJobName=f"{name}-transform",
    HyperParameters={"target": "MEDV", "columns": '{"B": "drop"}'},
    InputDataConfig=[make_channel("train", "fit/train.csv")],
    **make_training("preprocessor"),
)
fitted = wait_for(
    sagemaker.describe_training_job, "TrainingJobStatus", TrainingJobName=f"{name}-transform"
)

# 3. Features of both files, by batch transform: a whole file a request, label first.
sagemaker.create_model(
    ModelName=f"{name}-transform",
    ExecutionRoleArn=role,
    Containers=[make_container("preprocessor", fitted)],
)
make_transform(f"{name}-transform", "fit", "features")

# 4. Tune the booster.
metric = {"Name": "validation:rmse", "Regex": r".*\[[0-9]+\].*#011validation-rmse:(\S+)"}
booster = make_training("xgboost")
booster["AlgorithmSpecification"]["MetricDefinitions"] = [metric]
sagemaker.create_hyper_parameter_tuning_job(
    HyperParameterTuningJobName=name,
    HyperParameterTuningJobConfig={
        "Strategy": "Random",
        "RandomSeed": 1,
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": metric["Name"]},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "6"}],
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.02", "MaxValue": "0.1"},
                {"Name": "subsample", "MinValue": "0.5", "MaxValue": "1"},
            ],
        },
    },
    TrainingJobDefinition=booster
    | {
        "StaticHyperParameters": {"num_round": "300", "early_stopping_rounds": "30"},
        "InputDataConfig": [
            make_channel("train", "features/train.csv.out"),
            make_channel("validation", "features/validation.csv.out"),
        ],
    },
)
tuned = wait_for(
    sagemaker.describe_hyper_parameter_tuning_job,
    "HyperParameterTuningJobStatus",
    HyperParameterTuningJobName=name,
)
listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
    HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending"
)
trials = [
    {key: float(value) for key, value in trial["TunedHyperParameters"].items()}
    | {metric["Name"]: trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]}
    for trial in listed["TrainingJobSummaries"]
]
best = tuned["BestTrainingJob"]["TrainingJobName"]
boosted = sagemaker.describe_training_job(TrainingJobName=best)
print(f"best of {len(trials)}:", json.dumps(trials[0]))

# 5. Deploy both containers in a row, and ask.
sagemaker.create_model(
    ModelName=name,
    ExecutionRoleArn=role,
    Containers=[make_container("preprocessor", fitted), make_container("xgboost", boosted)],
)
sagemaker.create_endpoint_config(
    EndpointConfigName=name,
    ProductionVariants=[
        {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InstanceType": machine["InstanceType"],
            "InitialInstanceCount": 1,
        }
    ],
)
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
wait_for(sagemaker.describe_endpoint, "EndpointStatus", EndpointName=name)
header, first, *_ = (folder / "asked.csv").read_text().splitlines()
answer = session.client("sagemaker-runtime").invoke_endpoint(
    EndpointName=name, ContentType="text/csv", Accept="text/csv", Body=f"{header}\n{first}\n"
)
price = float(answer["Body"].read())
print(f"one district, by the endpoint: ${price * 1000:,.0f}")

# 6. All districts that were held out, by batch transform of the same model.
make_transform(name, "ask", "prices")
written = s3.get_object(Bucket=bucket, Key=f"{name}/prices/asked.csv.out")["Body"].read()
prices = [float(line) for line in written.split()]

# 7. Clean up: only an endpoint costs by the hour.
sagemaker.delete_endpoint(EndpointName=name)
sagemaker.delete_endpoint_config(EndpointConfigName=name)
for model in (name, f"{name}-transform"):
    sagemaker.delete_model(ModelName=model)
told = {"trials": trials, "one": price, "prices": prices}
(folder / "low_level.json").write_text(json.dumps(told))
