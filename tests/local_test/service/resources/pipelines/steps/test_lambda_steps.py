"""Lambda steps: the function really runs, and its result has the values of later steps."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.clients.account import Account
from tests.local_test.service.resources.functions.test_functions import create
from tests.local_test.service.resources.pipelines.test_pipelines import ended, start, steps

HANDLER = """
    import time

    def handle(event, context):
        if event["act"] == "raise":
            raise KeyError("no price")
        if event["act"] == "sleep":
            print("begins")
            time.sleep(2)
            print("finished")
        return {"statusCode": 200, "doubled": 2 * event["number"], "big": event["number"] > 3}
"""


@pytest.fixture(scope="module")
def function(account: Account) -> str:
    """A function that doubles a number."""
    return create(account, "doubling", HANDLER, Timeout=30)


def declare(**types: str) -> list[dict[str, str]]:
    return [{"OutputName": name, "OutputType": kind} for name, kind in types.items()]


def invoke(function: str, act: str = "double", **more: Any) -> dict[str, Any]:
    arguments = {"act": act, "number": {"Get": "Parameters.Number"}}
    outputs = declare(statusCode="String", doubled="Integer", big="Boolean")
    return {
        "Name": "Double",
        "Type": "Lambda",
        "Arguments": arguments,
        "FunctionArn": function,
        "OutputParameters": outputs,
    } | more


def build(*listed: dict[str, Any]) -> dict[str, Any]:
    parameter = {"Name": "Number", "Type": "Integer", "DefaultValue": 4}
    return {"Version": "2020-12-01", "Parameters": [parameter], "Steps": list(listed)}


def get(name: str) -> dict[str, str]:
    return {"Get": f"Steps.Double.OutputParameters['{name}']"}


def test_outputs_have_their_types_in_later_steps_and_are_cached(
    account: Account, function: str
) -> None:
    holds = [
        {"Type": "Equals", "LeftValue": get("doubled"), "RightValue": 8},
        {"Type": "Equals", "LeftValue": get("big"), "RightValue": True},
        {"Type": "Equals", "LeftValue": get("statusCode"), "RightValue": "200"},
    ]
    judge = {"Name": "Judge", "Type": "Condition", "Arguments": {"Conditions": holds}}
    cached: dict[str, Any] = {"CacheConfig": {"Enabled": True, "ExpireAfter": "1d"}}
    first = start(account, "doubles", build(judge, invoke(function, **cached)))
    assert ended(account, first)["PipelineExecutionStatus"] == "Succeeded"
    found = steps(account, first)
    assert found["Judge"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    metadata = found["Double"]["Metadata"]["Lambda"]
    assert metadata["Arn"] == function
    assert metadata["OutputParameters"] == [
        {"Name": "statusCode", "Value": "200"},
        {"Name": "doubled", "Value": "8"},
        {"Name": "big", "Value": "true"},
    ]
    begun = account.sagemaker.start_pipeline_execution(
        PipelineName="doubles", ClientRequestToken="u" * 32
    )
    again = begun["PipelineExecutionArn"]
    assert ended(account, again)["PipelineExecutionStatus"] == "Succeeded"
    hit = steps(account, again)
    assert hit["Double"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert hit["Judge"]["Metadata"] == {"Condition": {"Outcome": "True"}}


def test_errors_of_a_function_fail_the_step_with_their_message(
    account: Account, function: str
) -> None:
    raising = start(account, "raises", build(invoke(function, "raise")))
    lacking = invoke(function, OutputParameters=declare(tripled="Integer"))
    missing = start(account, "lacks", build(lacking))
    unknown = start(account, "unknown", build(invoke(f"{function}-none")))
    failed = f"ClientError: Lambda function {function} failed: KeyError: 'no price'"
    assert ended(account, raising)["FailureReason"] == f"Step Double: {failed}"
    assert steps(account, raising)["Double"]["FailureReason"] == failed
    assert (
        "missing output parameter 'tripled': Lambda function"
        in (ended(account, missing)["FailureReason"])
    )
    assert "Function not found: " in ended(account, unknown)["FailureReason"]


def test_a_stopped_execution_waits_for_the_function(account: Account) -> None:
    function = create(account, "sleeping", HANDLER, Timeout=60)
    arn = start(account, "sleeps", build(invoke(function, "sleep")))
    wait_for_line(account, "/aws/lambda/sleeping", "begins")
    account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert ended(account, arn)["PipelineExecutionStatus"] == "Stopped"
    assert steps(account, arn)["Double"]["StepStatus"] == "Succeeded"
    wait_for_line(account, "/aws/lambda/sleeping", "finished")


def wait_for_line(account: Account, group: str, text: str) -> None:
    deadline = time.monotonic() + 60
    while not any(text in line for line in read_log(account, group)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read_log(account: Account, group: str) -> list[str]:
    logs = account.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
