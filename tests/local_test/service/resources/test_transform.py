"""Batch transform through the AWS API, with stand-in containers."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import ROLE, Account, wait_until_settled
from tests.local_test.service.resources.test_endpoints import container


@pytest.fixture(scope="module")
def batch(account: Account) -> Account:
    """The service with a model whose container tags each line and refuses `bad`."""
    account.bucket("standins")
    made = container(account, "batch", tag="t", refuses="bad", delay=0.05)
    account.sagemaker.create_model(ModelName="batch", ExecutionRoleArn=ROLE, PrimaryContainer=made)
    return account


def begin(account: Account, name: str, source: str, **more: Any) -> None:
    told = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}}
    told |= {"ContentType": "text/csv", "SplitType": "Line"} | more.pop("input", {})
    account.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=more.pop("model", "batch"),
        TransformInput=told,
        TransformOutput={
            "S3OutputPath": f"s3://{source.split('/')[2]}/out",
            "AssembleWith": "Line",
        }
        | more.pop("output", {}),
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    )


def ended(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_transform_job(TransformJobName=name),
        "TransformJobStatus",
    )


def test_every_object_becomes_one_of_its_own(batch: Account) -> None:
    data = batch.bucket("objects", **{"in/a.csv": "1\n2\n", "in/deep/b.csv": "3\n"})
    begin(batch, "objects", f"{data}/in", Environment={"COLOUR": "blue"})
    told = ended(batch, "objects")
    assert told["TransformJobStatus"] == "Completed", told
    assert batch.keys(f"{data}/out") == ["out/a.csv.out", "out/deep/b.csv.out"]
    assert batch.get(f"{data}/out/a.csv.out") == b"t(1)\nt(2)\n"
    lines = batch.lines("/aws/sagemaker/TransformJobs", "objects/i-0")
    assert "colour blue" in lines
    assert sum('"batch": "true"' in line for line in lines) == 2
    page = batch.page("transform-job", "objects")
    assert f"<tr><th>input</th><td>{data}/in</td></tr>" in page
    assert "colour blue" in page


def test_compressed_objects_are_unpacked_on_their_way(batch: Account) -> None:
    data = batch.bucket("packed", **{"in/a.csv.gz": gzip.compress(b"1\n2\n")})
    begin(batch, "packed", f"{data}/in", input={"CompressionType": "Gzip"})
    assert ended(batch, "packed")["TransformJobStatus"] == "Completed"
    assert batch.get(f"{data}/out/a.csv.gz.out") == b"t(1)\nt(2)\n"


def test_an_object_that_fails_fails_the_job_and_spares_the_others(batch: Account) -> None:
    data = batch.bucket("mixed", **{"in/a.csv": "1\n", "in/b.csv": "1\nbad\n"})
    begin(batch, "mixed", f"{data}/in", BatchStrategy="SingleRecord")
    told = ended(batch, "mixed")
    assert told["TransformJobStatus"] == "Failed"
    assert told["FailureReason"].startswith("AlgorithmError: b.csv: line 2: ")
    assert batch.keys(f"{data}/out") == ["out/a.csv.out"]


def test_records_are_filtered_and_joined_with_their_answers(batch: Account) -> None:
    data = batch.bucket("joined", **{"in/a.csv": "7,1,a\n8,2,c\n", "one/a.csv": "7\n"})
    begin(
        batch,
        "joined",
        f"{data}/in",
        DataProcessing={"InputFilter": "$[1]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    told = ended(batch, "joined")
    assert told["TransformJobStatus"] == "Completed", told
    assert batch.get(f"{data}/out/a.csv.out") == b"7,t(1)\n8,t(2)\n"
    begin(batch, "short", f"{data}/one", DataProcessing={"InputFilter": "$[1]"})
    told = ended(batch, "short")
    assert told["FailureReason"] == (
        'AlgorithmError: a.csv: line 1: the filter $[1] finds nothing in ["7"]'
    )


def test_a_job_that_is_stopped_writes_nothing(batch: Account) -> None:
    data = batch.bucket("long", **{"in/a.csv": "1\n" * 4000})
    begin(batch, "long", f"{data}/in", BatchStrategy="SingleRecord")
    batch.sagemaker.stop_transform_job(TransformJobName="long")
    told = ended(batch, "long")
    assert told["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in told
    assert batch.keys(f"{data}/out") == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model": "nobody"}, "Could not find model"),
        ({"DataProcessing": {"InputFilter": "$.a["}}, "the filter '\\$.a\\[' is refused"),
        (
            {"DataProcessing": {"JoinSource": "Input"}, "input": {"SplitType": "None"}},
            "filters need records",
        ),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "100 MB"),
        ({"MaxPayloadInMB": 101}, "give 0 to 100"),
    ],
)
def test_what_cannot_be_done_is_refused(
    batch: Account, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        begin(batch, "never", "s3://nowhere/in", **change)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_capture_has_manifests_and_ids_of_inferences(batch: Account) -> None:
    data = batch.bucket("captured", **{"in/a.csv": "1\n2\n", "in/deep/b.csv": "3\n"})
    config = {"DestinationS3Uri": f"{data}/capture", "GenerateInferenceId": True}
    begin(batch, "captured", f"{data}/in", DataCaptureConfig=config)
    told = ended(batch, "captured")
    assert (told["TransformJobStatus"], told["DataCaptureConfig"]) == ("Completed", config), told
    first = batch.get(f"{data}/out/a.csv.out").decode().splitlines()
    rows = [line.split(",") for line in first]
    assert [row[0] for row in rows] == ["t(1)", "t(2)"]
    assert len({row[1] for row in rows}) == 2
    manifests = {}
    for side in ("input", "output"):
        [key] = batch.keys(f"{data}/capture/{side}/")
        assert re.fullmatch(rf"capture/{side}/\d{{4}}/\d\d/\d\d/\d\d/[0-9a-f-]+\.json", key)
        manifests[side] = json.loads(batch.get(f"s3://captured/{key}"))
    assert manifests == {
        "input": [{"prefix": f"{data}/in/"}, "a.csv", "deep/b.csv"],
        "output": [{"prefix": f"{data}/out/"}, "a.csv.out", "deep/b.csv.out"],
    }


def test_ids_need_lines(batch: Account) -> None:
    data = batch.bucket("unlined", **{"in/a.csv": "1\n"})
    config = {"DestinationS3Uri": f"{data}/capture", "GenerateInferenceId": True}
    output = {"S3OutputPath": f"{data}/out", "Accept": "application/json"}
    with pytest.raises(ClientError, match="no lines to append an id to"):
        begin(batch, "unlined", f"{data}/in", DataCaptureConfig=config, output=output)
    nowhere = {"DestinationS3Uri": "s3://nowhere-at-all/capture"}
    with pytest.raises(ClientError, match="nowhere-at-all"):
        begin(batch, "unlined", f"{data}/in", DataCaptureConfig=nowhere)
