"""Addresses of S3 as clients write them."""

from __future__ import annotations

import pytest

from local_test.errors import UserError
from local_test.service.storage.s3 import S3Uri, parse_uri


@pytest.mark.parametrize(
    "text",
    [
        "s3://my.bucket/a/b c.csv",
        "https://s3.amazonaws.com/my.bucket/a/b%20c.csv",
        "https://s3-eu-west-1.amazonaws.com/my.bucket/a/b%20c.csv",
        "https://s3.eu-west-1.amazonaws.com/my.bucket/a/b%20c.csv",
        "https://s3.dualstack.eu-west-1.amazonaws.com/my.bucket/a/b%20c.csv",
        "https://s3.cn-north-1.amazonaws.com.cn/my.bucket/a/b%20c.csv",
        "https://my.bucket.s3.amazonaws.com/a/b%20c.csv",
        "https://my.bucket.s3-us-west-2.amazonaws.com/a/b%20c.csv",
        "https://my.bucket.s3.us-west-2.amazonaws.com/a/b%20c.csv",
    ],
)
def test_every_form_of_an_address_is_read(text: str) -> None:
    assert parse_uri(text) == S3Uri("my.bucket", "a/b c.csv")


@pytest.mark.parametrize("text", ["https://s3.amazonaws.com/only", "s3://only", "s3://only/"])
def test_a_bucket_alone_is_an_address(text: str) -> None:
    assert parse_uri(text) == S3Uri("only", "")


@pytest.mark.parametrize(
    "text",
    [
        "my-bucket/a",
        "s3:///a",
        "http://s3.amazonaws.com/b/a",
        "https://s3.amazonaws.com/",
        "https://s3.amazonaws.com.evil.example/b/a",
        "https://example.com/s3.amazonaws.com/b/a",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_s3_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no S3 address"):
        parse_uri(text)
