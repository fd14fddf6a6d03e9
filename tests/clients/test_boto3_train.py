"""boto3 trains: unchanged client, real image, the service's own status, logs and artifacts."""

from __future__ import annotations

import io
import tarfile

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account, name_image

NUMBERS = "".join(f"{row % 7},{row},{row * 0.5}\n" for row in range(60))
ERROR = r".*\[[0-9]+\].*#011train-rmse:(\S+)"


def test_a_job_trains_and_says_how_it_went(account: Account) -> None:
    data = account.bucket("numbers", **{"train/part-0/a.csv": NUMBERS})
    metrics = {"MetricDefinitions": [{"Name": "train:rmse", "Regex": ERROR}]}
    given = {"num_round": "3", "eta": "1"}
    account.train(
        "numbers-1",
        name_image("xgboost"),
        f"{data}/train",
        HyperParameters=given,
        algorithm=metrics,
    )
    told = account.trained("numbers-1")
    assert told["TrainingJobStatus"] == "Completed", told
    assert [step["Status"] for step in told["SecondaryStatusTransitions"]] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert told["TrainingJobArn"].endswith(":123456789012:training-job/numbers-1")
    assert told["HyperParameters"] == given
    model = told["ModelArtifacts"]["S3ModelArtifacts"]
    assert model == "s3://numbers/models/numbers-1/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(account.get(model))) as archive:
        assert archive.getnames() == ["xgboost-model"]
    lines = account.lines("/aws/sagemaker/TrainingJobs", "numbers-1/algo-1-")
    rounds = [line for line in lines if "train-rmse" in line]
    [metric] = told["FinalMetricDataList"]
    assert metric["MetricName"] == "train:rmse"
    assert [line.partition("]")[0] for line in rounds] == ["[0", "[1", "[2"]
    assert float(rounds[-1].rpartition(":")[2]) == pytest.approx(metric["Value"])


def test_a_failed_job_tells_the_containers_own_words(account: Account) -> None:
    data = account.bucket("words", **{"a.csv": "1,2\n3,four\n"})
    account.train("words-1", name_image("xgboost"), data, HyperParameters={"num_round": "3"})
    told = account.trained("words-1")
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Failed", "Failed")
    assert told["FailureReason"].startswith(
        "AlgorithmError: BadData: train/a.csv, row 2, column '2': a number is expected,"
    )
    assert told["FailureReason"].endswith("exit code: 1")
    assert account.keys("s3://words/models") == []


def test_an_image_that_is_nowhere_fails_the_job(account: Account) -> None:
    data = account.bucket("nowhere", **{"a.csv": NUMBERS})
    account.train("nowhere-1", name_image("no-such-thing"), data)
    told = account.trained("nowhere-1")
    assert told["TrainingJobStatus"] == "Failed"
    assert "tandem-no-such-thing" in told["FailureReason"]


def test_refusals_carry_the_services_codes(account: Account) -> None:
    data = account.bucket("refusals", **{"a.csv": NUMBERS})
    account.train("twice", name_image("xgboost"), data, HyperParameters={"num_round": "1"})
    with pytest.raises(ClientError) as taken:
        account.train("twice", name_image("xgboost"), data)
    assert taken.value.response["Error"]["Code"] == "ResourceInUse"
    with pytest.raises(ClientError, match="Requested resource not found") as missing:
        account.sagemaker.describe_training_job(TrainingJobName="never-made")
    assert missing.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="'trainingJobName' failed to satisfy constraint"):
        account.train("not/a/name", name_image("xgboost"), data)
    account.trained("twice")
    with pytest.raises(ClientError, match="status Completed"):
        account.sagemaker.stop_training_job(TrainingJobName="twice")
