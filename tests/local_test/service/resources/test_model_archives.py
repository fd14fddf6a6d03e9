"""Archives and gzip objects that are too large or hostile, refused through the AWS API."""

from __future__ import annotations

import gzip
import re
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.archives import make_entry, make_sparse, write_tar_gz
from tests.clients.account import ROLE, Account, describe_channel, run_service
from tests.local_test.service.resources import test_processing as processing
from tests.local_test.service.resources import test_transform as transform
from tests.local_test.service.resources.test_endpoints import (
    STANDIN,
    archive,
    ask,
    config,
    endpoint,
    model,
)

BOMB = gzip.compress(b"1\n" * (1 << 20), 1)
REFUSAL = "unpacks to more than 1 MB; allow more with --max-model-size, if you trust it"


@pytest.fixture(scope="module")
def service(programs: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A service of its own, whose models may have 1 MB."""
    folder = tmp_path_factory.mktemp("limited")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", folder / "state", "--max-model-size", "1MB") as account:
            account.bucket("data")
            account.put("s3://data/packed/a.csv", BOMB)
            account.bucket("processed")
            yield account


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (write_tar_gz(make_entry("weights", bytes(2 << 20))), REFUSAL),
        (write_tar_gz(make_sparse(1 << 40)), REFUSAL),
        (
            write_tar_gz(make_entry("a"), make_entry("a/b")),
            "member 'a' is both a file and a folder",
        ),
        (write_tar_gz(make_entry("l", kind=tarfile.SYMTYPE)), "member 'l' is a link or a device"),
        (archive(tag="t")[:-9], "is not a whole .tar.gz archive"),
    ],
    ids=["bomb", "hole", "collision", "link", "cut"],
)
def test_an_endpoint_fails_with_a_sentence(
    service: Account, content: bytes, says: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    uri = service.put(f"s3://data/models/{name}.tar.gz", content)
    model(service, name, {"Image": STANDIN, "ModelDataUrl": uri})
    config(service, name, **{name: 1})
    told = endpoint(service, name)
    assert told["EndpointStatus"] == "Failed"
    assert re.match(rf"(\w+: )?{uri}[: ]", told["FailureReason"])
    assert says in told["FailureReason"]
    assert "Errno" not in told["FailureReason"]


def test_a_client_of_many_models_gets_a_validation_error(service: Account) -> None:
    service.put("s3://data/many/good.tar.gz", archive(tag="good"))
    service.put("s3://data/many/bomb.tar.gz", write_tar_gz(make_entry("weights", bytes(2 << 20))))
    shelf = {"Image": STANDIN, "Mode": "MultiModel", "ModelDataUrl": "s3://data/many/"}
    model(service, "many", shelf)
    config(service, "many", many=1)
    assert endpoint(service, "many")["EndpointStatus"] == "InService"
    with pytest.raises(ClientError) as caught:
        ask(service, "many", TargetModel="bomb.tar.gz")
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ValidationError"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Message"] == f"s3://data/many/bomb.tar.gz {REFUSAL}"
    assert ask(service, "many", "1\n", TargetModel="good.tar.gz")["Body"] == "good(1)\n"


REASON = f"ClientError: s3://data/packed/a.csv {REFUSAL}"


def test_a_processing_job_is_not_filled_by_its_input(service: Account) -> None:
    place = "/opt/ml/processing/data"
    inputs = [processing.given("data", "s3://data/packed", place, S3CompressionType="Gzip")]
    processing.process(service, "bomb", "print(1)", inputs=inputs)
    assert processing.ended(service, "bomb")["FailureReason"] == REASON


def test_a_transform_job_is_not_filled_by_its_input(service: Account) -> None:
    uri = service.put("s3://data/models/t.tar.gz", archive(tag="t"))
    given = {"Image": STANDIN, "ModelDataUrl": uri}
    service.sagemaker.create_model(ModelName="t", ExecutionRoleArn=ROLE, PrimaryContainer=given)
    kind = {"CompressionType": "Gzip"}
    transform.begin(service, "bomb", "s3://data/packed", model="t", input=kind)
    assert transform.ended(service, "bomb")["FailureReason"] == REASON


def test_a_training_job_is_not_filled_by_its_input(service: Account) -> None:
    inputs = [describe_channel("train", "s3://data/packed") | {"CompressionType": "Gzip"}]
    service.train("bomb", STANDIN, "s3://data", inputs=inputs)
    assert service.trained("bomb")["FailureReason"] == REASON
