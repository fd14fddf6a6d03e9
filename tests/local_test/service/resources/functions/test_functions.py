"""Lambda functions in Python: their results, errors and logs, and events that invoke them."""

from __future__ import annotations

import base64
import io
import json
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import ROLE, Account, run_service
from tests.local_test.service.resources.event_rules.test_event_rules import (
    Inbox,
    name_arn,
    put,
    read_lines,
)

HANDLER = """
    import logging, os, sys, time
    import boto3

    log = logging.getLogger()
    log.setLevel(logging.INFO)

    def handle(event, context):
        print("printed", event)
        log.info("logged")
        act = event.get("act")
        if act == "raise":
            raise KeyError("no price")
        if act == "sleep":
            time.sleep(60)
        if act == "exit":
            sys.exit(3)
        if act == "set":
            return {1}
        if act == "buckets":
            return len(boto3.client("s3").list_buckets()["Buckets"])
        if act == "tell":
            client = boto3.client("sqs")
            url = client.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody='"told"')
        return {
            "event": event,
            "name": context.function_name,
            "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis() > 0,
            "mine": os.environ.get("MINE"),
            "secret": os.environ.get("HIDDEN"),
        }
"""

Maker = Callable[..., str]


def pack(code: str, name: str = "app.py") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, textwrap.dedent(code))
    return buffer.getvalue()


@pytest.fixture
def make_function(account: Account) -> Maker:
    return lambda name, code=HANDLER, **more: create(account, name, code, **more)


def create(account: Account, name: str, code: str = HANDLER, **more: Any) -> str:
    request = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handle",
        "Code": {"ZipFile": pack(code)},
    }
    return str(account.client("lambda").create_function(**request | more)["FunctionArn"])


def invoke(account: Account, name: str, event: Any = None, **more: Any) -> tuple[Any, Any]:
    """Give the response of an invocation, and its parsed payload."""
    payload = json.dumps({} if event is None else event)
    answer = account.client("lambda").invoke(FunctionName=name, Payload=payload, **more)
    return answer, json.loads(answer["Payload"].read() or "null")


def test_a_function_gives_its_result_and_its_log(account: Account, make_function: Maker) -> None:
    variables = {"Variables": {"MINE": "yes"}}
    arn = make_function("prices", Environment=variables, Timeout=30)
    assert arn == name_arn("lambda", "function:prices")
    account.client("lambda").get_waiter("function_active_v2").wait(FunctionName="prices")
    answer, payload = invoke(account, arn, {"a": [1, None]}, LogType="Tail")
    assert payload == {
        "event": {"a": [1, None]},
        "name": "prices",
        "arn": arn,
        "left": True,
        "mine": "yes",
        "secret": None,
    }
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == "printed {'a': [1, None]}"
    assert lines[2].startswith("[INFO]\t")
    assert lines[2].endswith("\tlogged")
    assert lines[-1].startswith("REPORT RequestId: ")
    deadline = time.monotonic() + 60
    while len(kept := read_lines(account, "/aws/lambda/prices", "20")) < len(lines):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert kept == lines


def test_a_function_reaches_the_service_with_an_aws_client(
    account: Account, make_function: Maker
) -> None:
    make_function("client", Timeout=60)
    account.bucket("of-functions")
    _, payload = invoke(account, "client", {"act": "buckets"})
    assert payload >= 1


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        ("raise", "KeyError", "'no price'"),
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("set", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_an_error_is_reported_as_on_the_service(
    account: Account, failing: str, act: str, kind: str, message: str
) -> None:
    answer, payload = invoke(account, failing, {"act": act})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert payload["errorType"] == kind
    assert message in payload["errorMessage"]
    if act == "raise":
        assert "in handle" in payload["stackTrace"][-1]
        assert "app.py" in payload["stackTrace"][-1]


@pytest.fixture(scope="module")
def failing(account: Account) -> str:
    create(account, "failing", Timeout=1)
    return "failing"


def test_code_that_cannot_be_imported_is_reported(account: Account, make_function: Maker) -> None:
    client = account.client("lambda")
    make_function("broken", "import missing_package")
    for code, handler, kind in (
        (None, None, "Runtime.ImportModuleError"),
        ("def handle(", "app.handle", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "app.handle", "Runtime.HandlerNotFound"),
        ("raise ValueError('at import')", "app.handle", "ValueError"),
    ):
        if code is not None:
            client.update_function_code(FunctionName="broken", ZipFile=pack(code))
            client.update_function_configuration(FunctionName="broken", Handler=handler)
        _, payload = invoke(account, "broken")
        assert payload["errorType"] == kind


def test_an_event_invokes_a_function(account: Account, make_function: Maker) -> None:
    inbox = Inbox(account, "told")
    arn = make_function("teller", Timeout=60, Environment={"Variables": {"QUEUE": "told"}})
    events = account.client("events")
    events.put_rule(
        Name="tell", EventPattern='{"source": ["my.app"], "detail": {"kind": ["tell"]}}'
    )
    targets = [{"Id": "one", "Arn": arn, "Input": '{"act": "tell"}'}]
    events.put_targets(Rule="tell", Targets=targets)
    put(account, "my.app", kind="tell")
    assert inbox.read(1) == ["told"]
    answer, payload = invoke(account, "teller", {"act": "tell"}, InvocationType="Event")
    assert (answer["StatusCode"], payload) == (202, None)
    assert inbox.read(1) == ["told"]
    answer, _ = invoke(account, "teller", InvocationType="DryRun")
    assert answer["StatusCode"] == 204


def test_a_function_is_changed_listed_and_deleted(account: Account, make_function: Maker) -> None:
    client = account.client("lambda")
    first = "def handle(event, context):\n    return 1\n"
    make_function("changed", first, Tags={"team": "prices"})
    account.bucket("code", **{"app.zip": pack("def handle(event, context):\n    return 2\n")})
    assert invoke(account, "changed")[1] == 1
    before = client.get_function_configuration(FunctionName="changed")
    client.update_function_code(FunctionName="changed", S3Bucket="code", S3Key="app.zip")
    after = client.get_function_configuration(FunctionName="changed")
    assert before["CodeSha256"] != after["CodeSha256"]
    assert invoke(account, "changed")[1] == 2
    client.update_function_configuration(FunctionName="changed", Timeout=7, MemorySize=256)
    found = client.get_function(FunctionName="changed")
    assert (found["Configuration"]["Timeout"], found["Configuration"]["MemorySize"]) == (7, 256)
    assert found["Tags"] == {"team": "prices"}
    statement = {"StatementId": "one", "Action": "lambda:InvokeFunction"}
    client.add_permission(FunctionName="changed", Principal="events.amazonaws.com", **statement)
    policy = json.loads(client.get_policy(FunctionName="changed")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"Service": "events.amazonaws.com"}
    client.tag_resource(Resource=before["FunctionArn"], Tags={"kind": "x"})
    client.untag_resource(Resource=before["FunctionArn"], TagKeys=["team"])
    assert client.list_tags(Resource=before["FunctionArn"])["Tags"] == {"kind": "x"}
    names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
    assert "changed" in names
    with pytest.raises(ClientError, match="ResourceConflictException"):
        make_function("changed")
    client.delete_function(FunctionName="changed")
    for call in (client.get_function, client.invoke, client.delete_function):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(FunctionName="changed")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Runtime": "nodejs20.x"}, "unsupported runtime: nodejs20.x"),
        (
            {"PackageType": "Image", "Code": {"ImageUri": "a/b:c"}},
            "unsupported package type: Image",
        ),
        ({"Layers": [name_arn("lambda", "layer:a:1")]}, "unsupported Layers"),
        ({"Publish": True}, "unsupported versions"),
        ({"Handler": "app"}, "invalid handler: app"),
        ({"Code": {"ZipFile": b"no archive"}}, "Could not unzip uploaded file"),
        ({"Code": {"S3Bucket": "nowhere", "S3Key": "a.zip"}}, "nowhere"),
        ({"Code": {}}, "Please provide a source"),
        ({"FunctionName": "a b"}, "at 'functionName' failed to satisfy constraint"),
    ],
)
def test_what_cannot_run_is_refused(
    account: Account, make_function: Maker, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError) as caught:
        make_function(**{"name": change.pop("FunctionName", "refused"), **change})
    assert reason in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    names = [one["FunctionName"] for one in account.client("lambda").list_functions()["Functions"]]
    assert "refused" not in names


def test_bad_invocations_are_refused(account: Account, failing: str) -> None:
    client = account.client("lambda")
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        client.invoke(FunctionName=failing, Payload=b"{")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.invoke(FunctionName=failing, Qualifier="7")
    with pytest.raises(ClientError, match="RequestTooLargeException"):
        client.invoke(
            FunctionName=failing, InvocationType="Event", Payload=b" " * (1 << 20) + b"{}"
        )
    with pytest.raises(ClientError, match="CreateAlias is not done by the local service"):
        client.create_alias(FunctionName=failing, Name="live", FunctionVersion="1")


def test_a_function_survives_a_restart_and_ends_with_the_service(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"""
        import pathlib, time

        def handle(event, context):
            if event.get("wait"):
                pathlib.Path({str(started)!r}).write_text(str(__import__("os").getpid()))
                time.sleep(600)
            return "here"
    """
    with run_service("process", tmp_path / "state") as account:
        create(account, "kept", code, Timeout=900)
    with run_service("process", tmp_path / "state") as account:
        assert invoke(account, "kept")[1] == "here"
        invoke(account, "kept", {"wait": True}, InvocationType="Event")
        deadline = time.monotonic() + 60
        while not started.exists() or not started.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert not Path("/proc", started.read_text()).exists()
