"""Public buckets of sample data, as clients of the service read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account, run_service

BUCKET = "sagemaker-example-files-prod-eu-west-1"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("samples")
    for name in ("sagemaker-example-files-prod-REGION", "sagemaker-sample-files"):
        (folder / name / "datasets").mkdir(parents=True)
        (folder / name / "datasets/a.csv").write_text(f"1,{name}\n")
    state = tmp_path_factory.mktemp("state")
    with run_service("process", state, "--samples", str(folder)) as account:
        yield account


def test_a_file_is_read_listed_and_downloaded_without_a_signature(account: Account) -> None:
    body = account.s3.get_object(Bucket=BUCKET, Key="datasets/a.csv")["Body"].read()
    assert body == b"1,sagemaker-example-files-prod-REGION\n"
    listed = account.s3.list_objects_v2(Bucket="sagemaker-sample-files", Prefix="datasets/")
    assert [item["Key"] for item in listed["Contents"]] == ["datasets/a.csv"]
    plain = urllib3.request("GET", f"{account.url}/sagemaker-sample-files/datasets/a.csv")
    assert (plain.status, plain.data) == (200, b"1,sagemaker-sample-files\n")


def test_a_region_has_a_bucket_of_its_own(account: Account) -> None:
    other = "sagemaker-example-files-prod-us-west-2"
    for bucket, region in ((BUCKET, "eu-west-1"), (other, "us-west-2")):
        location = account.s3.get_bucket_location(Bucket=bucket)
        assert location["LocationConstraint"] == region


def test_a_file_is_copied_into_a_bucket_of_the_user(account: Account) -> None:
    account.bucket("mine")
    source = {"Bucket": "sagemaker-example-files-prod-ap-south-1", "Key": "datasets/a.csv"}
    account.s3.copy_object(Bucket="mine", Key="copy.csv", CopySource=source)
    body = account.s3.get_object(Bucket="mine", Key="copy.csv")["Body"].read()
    assert body == b"1,sagemaker-example-files-prod-REGION\n"


def test_a_sample_bucket_is_read_only(account: Account) -> None:
    with pytest.raises(ClientError) as put:
        account.s3.put_object(Bucket=BUCKET, Key="datasets/a.csv", Body=b"2")
    with pytest.raises(ClientError) as delete:
        account.s3.delete_object(Bucket=BUCKET, Key="datasets/a.csv")
    errors = [error.value.response for error in (put, delete)]
    assert [error["Error"]["Code"] for error in errors] == ["AccessDenied"] * 2
    assert f"{BUCKET} has sample data and is read-only" in errors[0]["Error"]["Message"]
    body = account.s3.get_object(Bucket=BUCKET, Key="datasets/a.csv")["Body"].read()
    assert body.startswith(b"1,")


def test_other_buckets_are_missing_as_before(account: Account) -> None:
    with pytest.raises(ClientError) as error:
        account.s3.get_object(Bucket="sagemaker-example-files", Key="datasets/a.csv")
    assert error.value.response["Error"]["Code"] == "NoSuchBucket"
