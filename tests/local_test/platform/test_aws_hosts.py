"""Host names of AWS are recognised in all their forms, and no other names are."""

from __future__ import annotations

import pytest

from local_test.platform.aws_hosts import find_bucket, is_aws_host, is_loopback, is_s3_host


@pytest.mark.parametrize(
    "host",
    [
        "sts.amazonaws.com",
        "STS.us-east-1.amazonaws.com.",
        "api.sagemaker.cn-north-1.amazonaws.com.cn",
        "sagemaker.us-east-1.api.aws",
        "amazonaws.com",
    ],
)
def test_an_aws_host_is_recognised(host: str) -> None:
    assert is_aws_host(host)


@pytest.mark.parametrize(
    "host", ["example.org", "amazonaws.com.example.org", "myamazonaws.com", "aws.amazon.com", "aws"]
)
def test_a_host_of_somebody_else_is_no_aws_host(host: str) -> None:
    assert not is_aws_host(host)


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("b.s3.amazonaws.com", "b"),
        ("my.dotted.bucket.s3.eu-central-1.amazonaws.com", "my.dotted.bucket"),
        ("b.s3-us-west-2.amazonaws.com", "b"),
        ("b.s3.dualstack.us-gov-west-1.amazonaws.com", "b"),
        ("b.s3-accelerate.dualstack.amazonaws.com", "b"),
        ("b.s3-fips.us-east-1.amazonaws.com", "b"),
        ("b.s3.cn-north-1.amazonaws.com.cn", "b"),
        ("s3.s3.amazonaws.com", "s3"),
        ("s3.amazonaws.com", None),
        ("s3.us-east-1.amazonaws.com", None),
    ],
)
def test_the_bucket_of_an_s3_host_is_found(host: str, bucket: str | None) -> None:
    assert is_s3_host(host)
    assert find_bucket(host) == bucket


@pytest.mark.parametrize(
    "host",
    ["123456789012.s3-control.us-east-1.amazonaws.com", "s3.example.org", "mys3.amazonaws.com"],
)
def test_other_hosts_are_no_s3_hosts(host: str) -> None:
    assert not is_s3_host(host)
    assert find_bucket(host) is None


def test_loopback_names_and_addresses_are_recognised() -> None:
    assert all(map(is_loopback, ["localhost", "b.localhost", "127.0.0.2", "::1", "[::1]"]))
    assert not any(map(is_loopback, ["169.254.169.254", "localhost.example.org", "10.0.0.1"]))
