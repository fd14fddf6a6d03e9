"""Training through the AWS API, with a stand-in container that misbehaves when told to."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import start_history
from local_test.service.storage.records import Records
from tests.clients.account import REGION, ROLE, Account, describe_channel, name_image

STANDIN = name_image("standin")


def seen(account: Account, told: dict[str, Any]) -> dict[str, Any]:
    """Give what the stand-in put into its model."""
    packed = io.BytesIO(account.get(told["ModelArtifacts"]["S3ModelArtifacts"]))
    with tarfile.open(fileobj=packed) as archive:
        content = archive.extractfile("nested/seen.json")
        assert content is not None
        return dict(json.load(content))


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_container_finds_what_the_request_said(account: Account) -> None:
    data = account.bucket(
        "seen",
        **{"in/a.csv": "1", "in/deep/b.csv": "2", "inner.csv": "3", "list": "", "other/x.csv": "4"},
    )
    manifest = json.dumps([{"prefix": f"{data}/in/"}, "deep/b.csv"])
    account.put(f"{data}/list", manifest)
    account.sagemaker.create_training_job(
        TrainingJobName="seen",
        RoleArn="arn:aws:iam::123456789012:role/any",
        AlgorithmSpecification={"TrainingImage": STANDIN, "TrainingInputMode": "File"},
        InputDataConfig=[
            describe_channel("folder", f"{data}/in"),
            describe_channel("object", f"{data}/other/x.csv", "text/other"),
            describe_channel("listed", f"{data}/list", source={"S3DataType": "ManifestFile"}),
        ],
        OutputDataConfig={"S3OutputPath": f"{data}/out/"},
        ResourceConfig={"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        Environment={"COLOUR": "red"},
    )
    told = account.trained("seen")
    assert told["TrainingJobStatus"] == "Completed", told
    found = seen(account, told)
    assert found["files"] == {
        "folder/a.csv": "1",
        "folder/deep/b.csv": "2",
        "folder/inner.csv": "3",
        "listed/deep/b.csv": "2",
        "object/x.csv": "4",
    }
    assert found["inputdataconfig"]["object"]["ContentType"] == "text/other"
    assert found["resourceconfig"]["current_instance_type"] == "ml.c5.xlarge"
    assert found["environment"]["COLOUR"] == "red"
    assert found["environment"]["TRAINING_JOB_ARN"] == told["TrainingJobArn"]
    assert account.keys(f"{data}/out/seen") == [
        "out/seen/output/model.tar.gz",
        "out/seen/output/output.tar.gz",
    ]


def test_an_entrypoint_runs_instead_of_train_and_is_described(account: Account) -> None:
    data = account.bucket("started", **{"code/run.sh": 'echo "$@" > /opt/ml/model/words'})
    command = {
        "ContainerEntrypoint": ["/bin/bash", "/opt/ml/input/data/train/run.sh"],
        "ContainerArguments": ["--region", "a b"],
    }
    account.train("started", STANDIN, f"{data}/code", algorithm=command)
    job = account.trained("started")
    assert job["TrainingJobStatus"] == "Completed", job
    algorithm = job["AlgorithmSpecification"]
    assert {name: algorithm[name] for name in command} == command
    packed = io.BytesIO(account.get(job["ModelArtifacts"]["S3ModelArtifacts"]))
    with tarfile.open(fileobj=packed) as archive:
        words = archive.extractfile("words")
        assert words is not None
        assert words.read() == b"--region a b\n"


def test_a_job_that_is_stopped_keeps_its_model(account: Account) -> None:
    data = account.bucket("stopped", **{"a.csv": "1"})
    account.train("stopped", STANDIN, data, HyperParameters={"act": "obey"})
    group = "/aws/sagemaker/TrainingJobs"
    wait_for(
        lambda: (
            account.sagemaker.describe_training_job(TrainingJobName="stopped")["SecondaryStatus"]
            == "Training"
        )
    )
    wait_for(lambda: logged(account, group, "stopped/", "working"))
    account.sagemaker.stop_training_job(TrainingJobName="stopped")
    told = account.trained("stopped")
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in [step["Status"] for step in told["SecondaryStatusTransitions"]]
    with tarfile.open(
        fileobj=io.BytesIO(account.get(told["ModelArtifacts"]["S3ModelArtifacts"]))
    ) as archive:
        assert archive.getnames() == ["early.txt"]
    assert account.lines(group, "stopped/")[-1] == "told to stop"


def logged(account: Account, group: str, stream: str, line: str) -> bool:
    try:
        return line in account.lines(group, stream)
    except ClientError:  # the group is not there yet
        return False


def test_a_job_that_takes_too_long_is_stopped(account: Account) -> None:
    data = account.bucket("slow", **{"a.csv": "1"})
    account.train("slow", STANDIN, data, HyperParameters={"act": "obey"}, seconds=1)
    told = account.trained("slow")
    assert told["TrainingJobStatus"] == "Stopped"
    assert told["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_checkpoints_go_to_s3_and_come_back(account: Account) -> None:
    data = account.bucket("kept", **{"in/a.csv": "1"})
    config = {"S3Uri": f"{data}/checkpoints"}
    for number in (1, 2):
        account.train(
            f"kept-{number}",
            STANDIN,
            f"{data}/in",
            HyperParameters={"act": "count"},
            CheckpointConfig=config,
        )
        told = account.trained(f"kept-{number}")
        assert told["TrainingJobStatus"] == ("Failed" if number == 1 else "Completed")
        assert account.keys(f"{data}/checkpoints") == [
            f"checkpoints/{reached}" for reached in range(1, number + 1)
        ]


def test_hosts_share_objects_and_have_streams_of_their_own(account: Account) -> None:
    data = account.bucket("shared", **{"in/a.csv": "1", "in/b.csv": "2"})
    account.sagemaker.create_training_job(
        TrainingJobName="shared",
        RoleArn="arn:aws:iam::123456789012:role/any",
        AlgorithmSpecification={"TrainingImage": STANDIN, "TrainingInputMode": "File"},
        HyperParameters={"act": "meet"},
        InputDataConfig=[
            describe_channel(
                "in", f"{data}/in", source={"S3DataDistributionType": "ShardedByS3Key"}
            )
        ],
        OutputDataConfig={"S3OutputPath": f"{data}/out", "CompressionType": "NONE"},
        ResourceConfig={"InstanceType": "ml.c5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    told = account.trained("shared")
    assert told["TrainingJobStatus"] == "Completed", told
    assert told["ModelArtifacts"]["S3ModelArtifacts"] == f"{data}/out/shared/output/model/"
    shares = [
        json.loads(account.get(f"s3://shared/{key}"))
        for key in account.keys(f"{data}/out/shared/output/data")
    ]
    assert shares == [["a.csv"], ["b.csv"]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"HyperParameters": {"k" * 300: "v"}}, "length less than or equal to 256"),
        ({"hosts": 0}, "0 hosts are refused"),
        ({}, "s3://nowhere/a: The specified bucket does not exist"),
        ({"algorithm": {"TrainingInputMode": "Slow"}}, "enum value set: "),
        (
            {"algorithm": {"MetricDefinitions": [{"Name": "m", "Regex": "("}]}},
            "regex of metric m is invalid",
        ),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/opt/ml/x"}}, "/opt/ml/x"),
        ({"algorithm": {"ContainerEntrypoint": [" "]}}, "ContainerEntrypoint is empty; name a"),
        ({"algorithm": {"ContainerArguments": ["x"] * 101}}, "length less than or equal to 100"),
        ({"algorithm": {"ContainerArguments": ["x" * 257]}}, "length less than or equal to 256"),
    ],
)
def test_a_request_is_held_to_the_apis_limits(
    account: Account, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        account.train("limits", STANDIN, "s3://nowhere/a", **change)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert account.sagemaker.list_training_jobs(NameContains="limits")["TrainingJobSummaries"] == []


def test_lists_are_filtered_sorted_and_paged(account: Account) -> None:
    data = account.bucket("lists", **{"a.csv": "1"})
    for letter in "bca":
        account.train(f"list-{letter}", STANDIN, data, HyperParameters={"act": "vanish"})
        account.trained(f"list-{letter}")
    ask = {"NameContains": "list-", "StatusEquals": "Failed", "SortBy": "Name", "MaxResults": 2}
    pages = account.sagemaker.get_paginator("list_training_jobs").paginate(
        **{key: ask[key] for key in ("NameContains", "StatusEquals", "SortBy")},
        PaginationConfig={"PageSize": 2},
    )
    names = [[job["TrainingJobName"] for job in page["TrainingJobSummaries"]] for page in pages]
    assert names == [["list-a", "list-b"], ["list-c"]]
    newest = account.sagemaker.list_training_jobs(NameContains="list-", SortOrder="Descending")
    assert newest["TrainingJobSummaries"][0]["TrainingJobName"] == "list-a"


def test_an_interrupted_spot_job_starts_again_from_its_checkpoints(account: Account) -> None:
    data = account.bucket("spot", **{"in/a.csv": "1"})
    account.train(
        "spot",
        STANDIN,
        f"{data}/in",
        HyperParameters={"act": "resume"},
        CheckpointConfig={"S3Uri": f"{data}/checkpoints"},
        EnableManagedSpotTraining=True,
    )
    wait_for(lambda: logged(account, "/aws/sagemaker/TrainingJobs", "spot/", "working"))
    assert interrupt(account, "spot") == (0, "")
    told = account.trained("spot")
    assert told["TrainingJobStatus"] == "Completed", told
    assert [step["Status"] for step in told["SecondaryStatusTransitions"]] == [
        *("Starting", "Downloading", "Training", "Interrupted"),
        *("Starting", "Downloading", "Training", "Uploading", "Completed"),
    ]
    packed = io.BytesIO(account.get(told["ModelArtifacts"]["S3ModelArtifacts"]))
    with tarfile.open(fileobj=packed) as archive:
        assert archive.getnames() == ["resumed"]
    assert interrupt(account, "spot") == (1, "error: Training job spot is in status Completed.\n")


def interrupt(account: Account, name: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "local_test", "interrupt", name]
    done = subprocess.run(
        [*command, "--url", account.url, "--region", REGION], capture_output=True, text=True
    )
    return done.returncode, done.stderr


def test_work_that_nobody_would_do_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="CreateCompilationJob of sagemaker is not supported"):
        account.sagemaker.create_compilation_job(
            CompilationJobName="never",
            RoleArn=ROLE,
            OutputConfig={"S3OutputLocation": "s3://bucket/out", "TargetDevice": "ml_m5"},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )


def test_a_job_that_ends_while_it_is_stopped_is_not_stopped(tmp_path: Path) -> None:
    class Ending(Records):
        def lock(self) -> threading.RLock:
            self.update(TRAINING_JOB, REGION, "brief", TrainingJobStatus="Completed")
            return super().lock()

    backend = Backend(tmp_path, "http://127.0.0.1:1")
    backend.records = Ending(tmp_path / "sagemaker", backend.saver)
    begun = {TRAINING_JOB.name_field: "brief", "CreationTime": 1.0} | start_history(1.0)
    backend.records.add(TRAINING_JOB, REGION, "brief", begun)
    stop = registry.OPERATIONS["StopTrainingJob"]
    with pytest.raises(ApiError, match="because the training job is in status Completed"):
        stop(backend, ApiCall("StopTrainingJob", {TRAINING_JOB.name_field: "brief"}, REGION, None))
    assert backend.records.get(TRAINING_JOB, REGION, "brief")["TrainingJobStatus"] == "Completed"
