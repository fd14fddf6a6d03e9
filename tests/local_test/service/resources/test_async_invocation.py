"""Asynchronous endpoints through the AWS API: answers in S3, in their turn, and news of them."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, Account, run_service
from tests.local_test.service.resources.test_endpoints import archive, ask, container, model, stands
from tests.local_test.service.test_console import text

OUTPUT = {"S3OutputPath": "s3://waiting/out/", "S3FailurePath": "s3://waiting/failed"}


def variants(name: str) -> list[dict[str, Any]]:
    return [
        {
            "VariantName": "one",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
    ]


def deploy(
    account: Account, name: str, *, at_once: int = 4, output: dict[str, Any] | None = None
) -> dict[str, Any]:
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=variants(name),
        AsyncInferenceConfig={
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": at_once},
            "OutputConfig": OUTPUT | (output or {}),
        },
    )
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    told = stands(account, name)
    assert told["EndpointStatus"] == "InService", told
    return told


def send(account: Account, name: str, source: str, **more: Any) -> dict[str, Any]:
    runtime = account.client("sagemaker-runtime")
    if source.startswith("s3://"):
        more["InputLocation"] = source
    else:
        more["Body"] = source
    told = runtime.invoke_endpoint_async(EndpointName=name, ContentType="text/csv", **more)
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 202
    return dict(told)


def arrived(account: Account, uri: str) -> str:
    """Wait for an object."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return account.get(uri).decode()
        except ClientError:
            assert time.monotonic() < deadline, uri
            time.sleep(0.05)


def news(account: Account, queue: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < deadline, found
        told = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        bodies = [json.loads(item["Body"]) for item in told.get("Messages", ())]
        found += [json.loads(body["Message"]) for body in bodies]
    return found


@pytest.fixture(scope="module")
def waiting(account: Account) -> Account:
    """The service with an asynchronous endpoint that refuses `bad`, and a queue of its news."""
    account.bucket("standins")
    account.bucket("waiting", **{"in/a.csv": "1\n2\n", "in/bad.csv": "bad\n"})
    queue = account.client("sqs").create_queue(QueueName="news")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = account.client("sns").create_topic(Name="news")["TopicArn"]
    account.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
    )
    model(account, "patient", container(account, "patient", tag="p", refuses="bad"))
    topics = {"NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic}}
    told = deploy(account, "patient", output=topics)
    assert told["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"] == "s3://waiting/out/"
    return account


def test_an_answer_or_a_failure_is_found_in_s3_and_published(waiting: Account) -> None:
    queue = waiting.client("sqs").get_queue_url(QueueName="news")["QueueUrl"]
    sent = send(waiting, "patient", "s3://waiting/in/a.csv", InferenceId="first")
    assert sent["InferenceId"] == "first"
    assert sent["OutputLocation"].startswith("s3://waiting/out/")
    assert sent["FailureLocation"].startswith("s3://waiting/failed/")
    assert arrived(waiting, sent["OutputLocation"]) == "p(1)\np(2)\n"
    [told] = news(waiting, queue, 1)
    assert (told["invocationStatus"], told["inferenceId"]) == ("Completed", "first")
    assert told["requestParameters"] == {
        "contentType": "text/csv",
        "endpointName": "patient",
        "inputLocation": "s3://waiting/in/a.csv",
    }
    assert told["responseParameters"] == {
        "contentType": "text/csv; charset=utf-8",
        "outputLocation": sent["OutputLocation"],
    }
    sent = send(waiting, "patient", "s3://waiting/in/bad.csv")
    said = arrived(waiting, sent["FailureLocation"])
    assert said == 'Received client error (415) from primary with message "no "'
    [told] = news(waiting, queue, 1)
    assert (told["invocationStatus"], told["failureReason"]) == ("Failed", said)
    key = sent["OutputLocation"].removeprefix("s3://waiting/")
    assert key not in waiting.keys("s3://waiting/out")
    with urllib.request.urlopen(f"{waiting.url}/console/endpoint/{REGION}/patient") as page:
        shown = text(page.read().decode())
    assert "Failed s3://waiting/in/bad.csv Received client error (415) from primary" in shown
    assert "Completed s3://waiting/in/a.csv s3://waiting/out/" in shown


def test_a_body_and_the_places_name_can_come_with_the_request(waiting: Account) -> None:
    where = {"S3OutputPathExtension": "monday", "Filename": "one.csv"}
    sent = send(waiting, "patient", "7\n", **where)
    assert sent["OutputLocation"] == "s3://waiting/out/monday/one.csv"
    assert arrived(waiting, sent["OutputLocation"]) == "p(7)\n"


@pytest.mark.parametrize("given", ["text/libsvm", None], ids=str)
def test_an_object_tells_its_content_type_where_the_request_does_not(
    waiting: Account, given: str | None
) -> None:
    """Source: Amazon's notebook sm-async_inference_walkthrough."""
    name = f"in/{given}"
    more = {} if given is None else {"ContentType": given}
    waiting.s3.put_object(Bucket="waiting", Key=name, Body=f"{given}\n".encode(), **more)
    sent = waiting.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName="patient", InputLocation=f"s3://waiting/{name}", CustomAttributes=name
    )
    assert arrived(waiting, sent["OutputLocation"]) == f"p({given})\n"
    assert read_request(waiting, "patient", name)["content_type"] == given


def read_request(account: Account, name: str, attributes: str) -> dict[str, Any]:
    """Wait for what a container printed of the request with these attributes."""
    deadline = time.monotonic() + 60
    while True:
        found = account.client("logs").filter_log_events(
            logGroupName=f"/aws/sagemaker/Endpoints/{name}"
        )
        lines = [event["message"] for event in found["events"]]
        requests = [
            json.loads(line.split(maxsplit=1)[1]) for line in lines if "content_type" in line
        ]
        mine = [request for request in requests if request["attributes"] == attributes]
        if mine:
            return dict(mine[0])
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)


def test_what_is_not_there_fails_and_says_so(waiting: Account) -> None:
    sent = send(waiting, "patient", "s3://waiting/in/nothing.csv")
    assert "s3://waiting/in/nothing.csv" in arrived(waiting, sent["FailureLocation"])


def test_requests_wait_for_their_turn_and_have_their_own_time(waiting: Account) -> None:
    model(waiting, "slow", container(waiting, "slow", tag="s", delay=3))
    deploy(waiting, "slow", at_once=1)
    brief = {"InvocationTimeoutSeconds": 1}
    sent = [send(waiting, "slow", "s3://waiting/in/a.csv", **brief) for _ in range(2)]
    said = [arrived(waiting, told["FailureLocation"]) for told in sent]
    assert all("timed out" in sentence for sentence in said)
    keys = [told["FailureLocation"].removeprefix("s3://waiting/") for told in sent]
    ends = [waiting.s3.head_object(Bucket="waiting", Key=key)["LastModified"] for key in keys]
    assert ends[1] - ends[0] >= timedelta(seconds=1)  # the second waited for its turn


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"InputLocation": "s3:/waiting"}, "'inputLocation' failed to satisfy constraint"),
        ({"RequestTTLSeconds": 21601}, "less than or equal to 21600"),
        ({}, "either an InputLocation or a body"),
        ({"InputLocation": "s3://waiting/in/a.csv", "Body": "1\n"}, "either an InputLocation"),
    ],
)
def test_a_request_that_cannot_be_kept_is_refused(
    waiting: Account, change: dict[str, Any], sentence: str
) -> None:
    runtime = waiting.client("sagemaker-runtime")
    with pytest.raises(ClientError, match=sentence) as refused:
        runtime.invoke_endpoint_async(EndpointName="patient", **change)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_each_kind_of_endpoint_has_its_own_call(waiting: Account) -> None:
    with pytest.raises(ClientError, match="use InvokeEndpointAsync"):
        ask(waiting, "patient")
    with pytest.raises(ClientError, match="Endpoint nobody of account"):
        send(waiting, "nobody", "1\n")
    with pytest.raises(ClientError, match="needs an S3OutputPath"):
        waiting.sagemaker.create_endpoint_config(
            EndpointConfigName="nowhere",
            ProductionVariants=variants("patient"),
            AsyncInferenceConfig={"OutputConfig": {"S3FailurePath": "s3://waiting/failed"}},
        )


_BODIES = "SELECT body FROM records WHERE kind = 'AsyncInvocation'"


@contextmanager
def open_store(state: Path) -> Iterator[sqlite3.Connection]:
    """Open the store of a service that has ended; what is changed is kept."""
    with closing(sqlite3.connect(state / "store.sqlite")) as store, store:
        yield store


def test_what_waits_is_asked_after_a_restart_unless_it_has_waited_too_long(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    with run_service("process", tmp_path) as account:
        account.bucket("standins", **{"late.tar.gz": archive(tag="l", delay=600)})
        account.bucket("waiting", **{"in/a.csv": "1\n"})
        model(account, "late", container(account, "late", tag="l", delay=600))
        deploy(account, "late", at_once=1)
        kept = [send(account, "late", "s3://waiting/in/a.csv") for _ in range(2)]
        # The container that the next service starts answers at once.
        account.put("s3://standins/late.tar.gz", archive(tag="l"))
    old = Path(kept[0]["OutputLocation"]).stem
    with open_store(tmp_path) as store:
        [[body]] = store.execute(f"{_BODIES} AND name = ?", (old,))
        told = json.dumps(json.loads(body) | {"CreationTime": 1.0})
        store.execute("UPDATE records SET body = ? WHERE name = ?", (told, old))
    with run_service("process", tmp_path) as account:
        assert arrived(account, kept[1]["OutputLocation"]) == "l(1)\n"
        assert "waited in the queue" in arrived(account, kept[0]["FailureLocation"])
        account.sagemaker.delete_endpoint(EndpointName="late")
        with pytest.raises(ClientError, match="Could not find endpoint"):
            stands(account, "late")
    with open_store(tmp_path) as store:
        assert store.execute(_BODIES).fetchall() == []
