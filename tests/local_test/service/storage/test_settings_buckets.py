"""Settings of the SageMaker Python SDK, as a client in a job reads them."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account, run_service


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with run_service("process", tmp_path_factory.mktemp("state")) as account:
        yield account


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2"])
def test_a_region_has_settings_with_its_default_bucket(account: Account, region: str) -> None:
    bucket = f"local-sagemaker-settings-{region}"
    listed = account.s3.list_objects_v2(Bucket=bucket)
    assert [item["Key"] for item in listed["Contents"]] == ["sdk.yaml"]
    text = account.s3.get_object(Bucket=bucket, Key="sdk.yaml")["Body"].read().decode()
    assert f"DefaultS3Bucket: sagemaker-{region}-123456789012\n" in text


def test_the_settings_are_read_only(account: Account) -> None:
    bucket = "local-sagemaker-settings-eu-west-1"
    with pytest.raises(ClientError, match="is read-only"):
        account.s3.put_object(Bucket=bucket, Key="sdk.yaml", Body=b"")
    assert account.s3.get_object(Bucket=bucket, Key="sdk.yaml")["Body"].read()


def test_a_bucket_of_another_name_is_the_users(account: Account) -> None:
    account.bucket("local-sagemaker-settings-mine")
    account.s3.put_object(Bucket="local-sagemaker-settings-mine", Key="a", Body=b"1")
    body = account.s3.get_object(Bucket="local-sagemaker-settings-mine", Key="a")["Body"].read()
    assert body == b"1"
