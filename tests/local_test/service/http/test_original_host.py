"""Requests that come by way of the AWS proxy: the host name that the client called decides."""

from __future__ import annotations

import boto3  # type: ignore[import-untyped]
import urllib3

from tests.clients.account import Account


def call(
    account: Account, method: str, path: str, host: str, **headers: str
) -> urllib3.BaseHTTPResponse:
    return urllib3.request(
        method,
        f"{account.url}{path}",
        headers={"X-Local-Sagemaker-Host": host, **headers},
        retries=False,
    )


def test_a_bucket_may_have_the_name_of_the_console(account: Account) -> None:
    account.bucket("console")
    account.s3.put_object(Bucket="console", Key="a", Body=b"ours", ACL="public-read")
    host = "console.s3.eu-central-1.amazonaws.com"
    assert call(account, "GET", "/console/a", host).data == b"ours"
    assert call(account, "POST", "/console/a", host).status == 403


def test_an_unsigned_request_to_another_service_is_refused(account: Account) -> None:
    answer = call(account, "GET", "/file", "sts.amazonaws.com")
    assert (answer.status, b"unsigned request" in answer.data) == (403, True)
    assert call(account, "GET", "/no-such-bucket/file", "s3.amazonaws.com").status == 404


def test_addresses_in_answers_name_the_host_that_was_called(account: Account) -> None:
    sqs = boto3.client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=account.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106
    )
    host = {"X-Local-Sagemaker-Host": "sqs.us-east-1.amazonaws.com"}
    sqs.meta.events.register("before-send", lambda request, **_: request.headers.update(host))
    made = sqs.create_queue(QueueName="proxied")["QueueUrl"]
    assert made == "https://sqs.us-east-1.amazonaws.com/123456789012/proxied"
    assert sqs.list_queues(QueueNamePrefix="proxied")["QueueUrls"] == [made]
    sqs.close()
