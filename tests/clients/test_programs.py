"""Other people's programs, unchanged: the SageMaker Python SDK's example and the AWS CLI."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from local_test.engines import Engine
from tests.clients.account import (
    ROLE,
    Account,
    describe_channel,
    name_image,
    wait_until_deleted,
)
from tests.clients.conftest import Client, told_once

ROOT = Path(__file__).parents[2]
NUMBERS = "".join(f"{row % 7},{row},{row * 0.5}\n" for row in range(60))


def test_the_sdks_quickstart_trains_chains_deploys_transforms_and_cleans_up(
    account: Account, client: Client, engine: Engine
) -> None:
    told_once(engine)
    said = client("python", str(ROOT / "examples" / "sdk_quickstart.py"), ROLE, "latest")
    price = float(re.findall(r"price of one flat: (\S+)\n", said)[0])
    [cheap, dear] = re.findall(r"prices of a file of flats: (\S+) (\S+)\n", said)[0]
    # Behind the data is price = 90 + 20 * (rooms - 1) + (area - 30).
    assert price == pytest.approx(165, abs=8)
    assert [float(cheap), float(dear)] == pytest.approx([100, 240], abs=8)
    assert "train-rmse" in said  # the container's log, as the SDK shows it
    wait_until_deleted(account, "tandem-")
    for kind in ("Endpoints", "EndpointConfigs", "Models"):
        operation = {"EndpointConfigs": "endpoint_configs"}.get(kind, kind.lower())
        left = getattr(account.sagemaker, f"list_{operation}")(NameContains="tandem-")
        assert left[kind] == []


def test_the_aws_cli_trains_and_reads_the_log(
    account: Account, client: Client, engine: Engine
) -> None:
    told_once(engine)
    account.bucket("cli")
    client("aws", "s3", "cp", written(client, "numbers.csv", NUMBERS), "s3://cli/in/numbers.csv")
    request = {
        "TrainingJobName": "cli-1",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": name_image("xgboost"),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "train:rmse", "Regex": r"train-rmse:(\S+)"}],
        },
        "HyperParameters": {"num_round": "2"},
        "InputDataConfig": [describe_channel("train", "s3://cli/in")],
        "OutputDataConfig": {"S3OutputPath": "s3://cli/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    client("aws", "sagemaker", "create-training-job", "--cli-input-json", json.dumps(request))
    client(
        *("aws", "sagemaker", "wait", "training-job-completed-or-stopped"),
        *("--training-job-name", "cli-1"),
    )
    group = ("--log-group-name", "/aws/sagemaker/TrainingJobs", "--output", "json")
    prefix = ("--log-stream-name-prefix", "cli-1/")
    streams = json.loads(client("aws", "logs", "describe-log-streams", *group, *prefix))
    stream = ("--log-stream-name", streams["logStreams"][0]["logStreamName"])
    found = json.loads(client("aws", "logs", "get-log-events", *group, *stream))
    rounds = [event["message"] for event in found["events"] if "train-rmse" in event["message"]]
    assert [line.partition("\t")[0] for line in rounds] == ["[0]", "[1]"]
    curve = client(
        *("aws", "cloudwatch", "get-metric-statistics", "--output", "json"),
        *("--namespace", "/aws/sagemaker/TrainingJobs", "--metric-name", "train:rmse"),
        *(
            "--dimensions",
            "Name=TrainingJobName,Value=cli-1",
            "--statistics",
            "SampleCount",
            "Minimum",
        ),
        *("--start-time", "2020-01-01T00:00:00Z", "--end-time", "2099-01-01T00:00:00Z"),
        *("--period", "86400"),
    )
    [point] = json.loads(curve)["Datapoints"]
    assert (point["SampleCount"], f"{point['Minimum']:.5f}") == (2, rounds[-1].partition(":")[2])
    listed = client("aws", "s3", "ls", "s3://cli/out/cli-1/output/")
    assert listed.split()[3] == "model.tar.gz"


def written(client: Client, name: str, text: str) -> str:
    """Write a file through the client's own Python, in its folder, and give its name."""
    client(
        "python",
        "-c",
        "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])",
        name,
        text,
    )
    return name
