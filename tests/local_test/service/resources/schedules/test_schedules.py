"""Schedules and rules with a schedule fire on the service's clock, which a command moves."""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import urllib3
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test import cli
from tests.clients.account import REGION, ROLE, Account, run_service
from tests.local_test.service.resources.event_rules.test_event_rules import (
    Inbox,
    name_arn,
    wait_for_executions,
)

OFF = {"Mode": "OFF"}
PIPELINE = name_arn("sagemaker", "pipeline/nightly")
TIME = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A service of its own, as its clock is moved."""
    with run_service("process", tmp_path_factory.mktemp("timed") / "state") as account:
        create_pipeline(account)
        yield account


def create_pipeline(account: Account) -> None:
    step = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "done"}}
    parameter = {"Name": "Day", "Type": "String", "DefaultValue": "none"}
    definition = {"Version": "2020-12-01", "Parameters": [parameter], "Steps": [step]}
    account.sagemaker.create_pipeline(
        PipelineName="nightly",
        PipelineDefinition=json.dumps(definition),
        ClientRequestToken="x" * 32,
        RoleArn=ROLE,
    )


def advance(account: Account, duration: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Move the clock by the command, and give what it prints."""
    capsys.readouterr()
    command = ["clock", "--advance", duration, "--json", "--url", account.url]
    assert cli.main(command) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def schedule(account: Account, name: str, expression: str, target: Any, **more: Any) -> str:
    answer = account.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow=more.pop("FlexibleTimeWindow", OFF),
        Target={"RoleArn": ROLE, **target},
        **more,
    )
    return str(answer["ScheduleArn"])


def queue(inbox: Inbox, **more: Any) -> dict[str, Any]:
    return {"Arn": inbox.arn, **more}


def test_an_hourly_schedule_runs_a_pipeline_three_times_in_three_hours(
    timed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    day = {"Name": "Day", "Value": "<aws.scheduler.scheduled-time>"}
    parameters = {"SageMakerPipelineParameters": {"PipelineParameterList": [day]}}
    target = {"Arn": PIPELINE, **parameters}
    arn = schedule(timed, "hourly", "cron(0 * * * ? *)", target)
    assert arn == name_arn("scheduler", "schedule/default/hourly")
    found = advance(timed, "3h", capsys)
    assert found["firings"] == 3
    executions = wait_for_executions(timed, "nightly", 3)
    days = [one["PipelineParameters"][0]["Value"] for one in executions]
    times = [datetime.strptime(day, TIME).replace(tzinfo=UTC) for day in days]
    assert [time.minute for time in times] == [0, 0, 0]
    assert times[1] - times[0] == times[2] - times[1] == timedelta(hours=1)
    for one, due in zip(executions, times, strict=True):
        assert timedelta() <= one["StartTime"] - due < timedelta(minutes=5)
    now = datetime.strptime(found["time"], TIME).replace(tzinfo=UTC)
    assert timedelta() <= now - times[2] < timedelta(hours=1, minutes=1)
    timed.client("scheduler").delete_schedule(Name="hourly")
    assert advance(timed, "1h", capsys)["firings"] == 0


def test_a_rate_starts_at_once_or_at_its_start_date(
    timed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = Inbox(timed, "rates")
    ahead = advance(timed, "1s", capsys)["offset"]
    now = datetime.now(UTC) + timedelta(seconds=ahead)
    schedule(timed, "soon", "rate(1 hour)", queue(inbox, Input='"soon"'))
    assert inbox.read(1) == ["soon"]
    start = now + timedelta(minutes=90)
    end = start + timedelta(minutes=70)
    more = {"StartDate": start, "EndDate": end}
    text = '"<aws.scheduler.scheduled-time>"'
    schedule(timed, "later", "rate(1 hours)", queue(inbox, Input=text), **more)
    assert advance(timed, "6h", capsys)["firings"] == 8
    found = inbox.read(8)
    assert [one for one in found if one != "soon"] == [
        start.strftime(TIME),
        (start + timedelta(hours=1)).strftime(TIME),
    ]
    timed.client("scheduler").delete_schedule(Name="soon")
    timed.client("scheduler").delete_schedule(Name="later")


def test_a_disabled_schedule_waits_and_an_ended_one_is_deleted(
    timed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, scheduler = Inbox(timed, "states"), timed.client("scheduler")
    target = queue(inbox, Input='"off"')
    schedule(timed, "off", "cron(30 * * * ? *)", target, State="DISABLED")
    now = datetime.now(UTC) + timedelta(seconds=advance(timed, "1s", capsys)["offset"])
    moment = (now + timedelta(minutes=10)).astimezone(timezone := ZoneInfo("Asia/Tokyo"))
    once = f"at({moment:%Y-%m-%dT%H:%M:%S})"
    more = {"ScheduleExpressionTimezone": str(timezone), "ActionAfterCompletion": "DELETE"}
    schedule(timed, "once", once, queue(inbox), **more)
    assert advance(timed, "2h", capsys)["firings"] == 1
    [event] = inbox.read(1)
    assert event["detail-type"] == "Scheduled Event"
    assert event["source"] == "aws.scheduler"
    assert event["time"] == (now + timedelta(minutes=10)).strftime(TIME)
    assert event["resources"] == [name_arn("scheduler", "schedule/default/once")]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scheduler.get_schedule(Name="once")
    change = {"Name": "off", "ScheduleExpression": "cron(30 * * * ? *)", "State": "ENABLED"}
    scheduler.update_schedule(**change, FlexibleTimeWindow=OFF, Target={"RoleArn": ROLE, **target})
    assert advance(timed, "1h", capsys)["firings"] == 1
    assert inbox.read(1) == ["off"]
    scheduler.delete_schedule(Name="off")


def test_schedules_call_operations_and_put_events(
    timed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, events = Inbox(timed, "calls"), timed.client("events")
    request = {"ModelPackageGroupName": "made-<aws.scheduler.attempt-number>"}
    operation = "arn:aws:scheduler:::aws-sdk:sagemaker:createModelPackageGroup"
    schedule(timed, "call", "cron(0 * * * ? *)", {"Arn": operation, "Input": json.dumps(request)})
    bus = {
        "Arn": name_arn("events", "event-bus/default"),
        "Input": '{"a": 1}',
        "EventBridgeParameters": {"DetailType": "Tick", "Source": "my.clock"},
    }
    schedule(timed, "tick", "cron(0 * * * ? *)", bus)
    events.put_rule(Name="ticks", EventPattern='{"source": ["my.clock"]}')
    events.put_targets(Rule="ticks", Targets=[{"Id": "one", "Arn": inbox.arn}])
    assert advance(timed, "1h", capsys)["firings"] == 2
    [event] = inbox.read(1)
    assert (event["detail-type"], event["detail"]) == ("Tick", {"a": 1})
    group = timed.sagemaker.describe_model_package_group(ModelPackageGroupName="made-1")
    assert group["ModelPackageGroupName"] == "made-1"
    for name in ("call", "tick"):
        timed.client("scheduler").delete_schedule(Name=name)


def test_rules_fire_while_they_are_enabled_and_exist(
    timed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, events = Inbox(timed, "rules"), timed.client("events")
    for name in ("kept", "disabled", "deleted"):
        events.put_rule(Name=name, ScheduleExpression="rate(1 hour)")
        events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": inbox.arn}])
    events.disable_rule(Name="disabled")
    events.remove_targets(Rule="deleted", Ids=["one"])
    events.delete_rule(Name="deleted")
    advance(timed, "3h", capsys)
    found = inbox.read(3)
    assert {event["resources"][0] for event in found} == {name_arn("events", "rule/kept")}
    assert {event["source"] for event in found} == {"aws.events"}
    times = [datetime.strptime(event["time"], TIME).replace(tzinfo=UTC) for event in found]
    assert times[1] - times[0] == times[2] - times[1] == timedelta(hours=1)
    for expression in ("rate(1 week)", "cron(0 9 * * * *)"):
        with pytest.raises(ClientError, match="ValidationException"):
            events.put_rule(Name="bad", ScheduleExpression=expression)
    events.disable_rule(Name="kept")


def test_groups_hold_schedules_of_one_name(timed: Account) -> None:
    scheduler, inbox = timed.client("scheduler"), Inbox(timed, "groups")
    tags = [{"Key": "team", "Value": "prices"}]
    arn = scheduler.create_schedule_group(Name="nights", Tags=tags)["ScheduleGroupArn"]
    assert arn == name_arn("scheduler", "schedule-group/nights")
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "kind", "Value": "x"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["team"])
    listed = scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert listed == [{"Key": "kind", "Value": "x"}]
    later = "at(2199-01-01T00:00:00)"
    for group in ("default", "nights"):
        schedule(timed, "same", later, queue(inbox), GroupName=group, Description=group)
        assert scheduler.get_schedule(Name="same", GroupName=group)["Description"] == group
    found = scheduler.list_schedules(NamePrefix="sa", MaxResults=1)
    more = scheduler.list_schedules(NamePrefix="sa", NextToken=found["NextToken"])
    groups = [one["GroupName"] for one in [*found["Schedules"], *more["Schedules"]]]
    assert (groups, "NextToken" in more) == (["default", "nights"], False)
    assert [one["Name"] for one in scheduler.list_schedule_groups()["ScheduleGroups"]] == [
        "default",
        "nights",
    ]
    scheduler.delete_schedule_group(Name="nights")
    with pytest.raises(ClientError, match="Schedule group nights does not exist"):
        scheduler.get_schedule(Name="same", GroupName="nights")
    assert len(scheduler.list_schedules(NamePrefix="sa")["Schedules"]) == 1
    scheduler.delete_schedule(Name="same")


def test_a_request_that_is_sent_again_makes_one_schedule(timed: Account) -> None:
    scheduler, inbox = timed.client("scheduler"), Inbox(timed, "tokens")
    later = "at(2199-01-01T00:00:00)"
    arns = {schedule(timed, "token", later, queue(inbox), ClientToken="a") for _ in range(2)}
    assert len(arns) == 1
    with pytest.raises(ClientError, match="ConflictException"):
        schedule(timed, "token", later, queue(inbox), ClientToken="b")
    scheduler.delete_schedule(Name="token")
    with pytest.raises(ClientError, match="Schedule token does not exist"):
        scheduler.delete_schedule(Name="token")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"ScheduleExpression": "hourly"}, "Invalid Schedule Expression hourly"),
    ({"ScheduleExpressionTimezone": "Mars"}, "Invalid ScheduleExpressionTimezone Mars"),
    ({"GroupName": "none"}, "Schedule group none does not exist"),
    ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes belongs"),
    ({"StartDate": datetime(2020, 1, 1, tzinfo=UTC)}, "earlier than 5 minutes ago"),
    ({"EndDate": datetime(2020, 1, 1, tzinfo=UTC)}, "EndDate you specify must be"),
]
BAD_TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"Arn": name_arn("ecs", "cluster/a")}, "unsupported target"),
    ({"Arn": name_arn("events", "event-bus/default")}, "EventBridgeParameters missing"),
    ({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:stopInstances"}, "unsupported service"),
    ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:fly"}, "unknown operation"),
    ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:listModels"}, "only reads"),
    ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createModel", "Input": "{}"}, "ModelName"),
    ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createModel", "Input": "x"}, "not JSON"),
]


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_bad_schedule_is_refused(timed: Account, change: dict[str, Any], reason: str) -> None:
    inbox = Inbox(timed, "bad")
    more = {"ScheduleExpression": "rate(1 hour)"} | change
    with pytest.raises(ClientError) as caught:
        schedule(timed, "bad", more.pop("ScheduleExpression"), queue(inbox), **more)
    assert reason in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(("target", "reason"), BAD_TARGETS)
def test_a_target_that_nothing_would_reach_is_refused(
    timed: Account, target: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        schedule(timed, "bad", "rate(1 hour)", target)
    assert reason in caught.value.response["Error"]["Message"]
    assert timed.client("scheduler").list_schedules(NamePrefix="bad")["Schedules"] == []


def test_only_a_command_moves_the_clock(timed: Account, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{timed.url}/local-sagemaker/clock?seconds=60"
    assert urllib3.request("POST", url).status == 403
    signed = {"X-Local-Sagemaker": "1", "Origin": "http://example.com"}
    assert urllib3.request("POST", url, headers=signed).status == 403
    for seconds in ("-1", "0", "x", "1e9", ""):
        bad = f"{timed.url}/local-sagemaker/clock?seconds={seconds}"
        answer = urllib3.request("POST", bad, headers={"X-Local-Sagemaker": "1"})
        assert (answer.status, answer.json()["__type"]) == (400, "ValidationException")
    assert cli.main(["clock", "--url", timed.url]) == 0
    assert "ahead of this machine" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        cli.main(["clock", "--advance", "soon", "--url", timed.url])
    assert "invalid duration 'soon', use 3h" in capsys.readouterr().err


OLD_RULE = {"Name": "old", "ScheduleExpression": "rate(1 hour)"}
OF_AN_EARLIER_VERSION = [
    {
        "method": "POST",
        "path": "/schedule-groups/old",
        "region": REGION,
        "service": "scheduler",
        "headers": {"Content-Type": "application/json"},
        "body": base64.b64encode(b"{}").decode(),
    },
    {
        "method": "POST",
        "path": "/",
        "region": REGION,
        "service": "events",
        "headers": {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSEvents.PutRule",
        },
        "body": base64.b64encode(json.dumps(OLD_RULE).encode()).decode(),
    },
]
"""Requests that version 0.1.0 kept for moto."""


def test_schedules_and_the_clock_survive_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    lines = "".join(f"{json.dumps(entry)}\n" for entry in OF_AN_EARLIER_VERSION)
    (state / "journal.jsonl").write_text(lines)
    with run_service("process", state, end=signal.SIGKILL) as account:
        create_pipeline(account)
        inbox = Inbox(account, "kept")
        account.client("events").put_rule(Name="kept", ScheduleExpression="rate(1 hour)")
        targets = [{"Id": "one", "Arn": inbox.arn, "Input": '"rule"'}]
        for rule in ("kept", "old"):
            account.client("events").put_targets(Rule=rule, Targets=targets)
        once = f"at({datetime.now(UTC) + timedelta(minutes=55):%Y-%m-%dT%H:%M:%S})"
        schedule(account, "kept", once, queue(inbox, Input='"schedule"'))
        before = advance(account, "50m", capsys)
        assert before["firings"] == 0
    with run_service("process", state) as account:
        inbox = Inbox(account, "kept")
        assert cli.main(["clock", "--json", "--url", account.url]) == 0
        after = json.loads(capsys.readouterr().out)
        assert after["offset"] == pytest.approx(before["offset"], abs=1)
        assert after["time"] >= before["time"]
        scheduler = account.client("scheduler")
        assert scheduler.get_schedule(Name="kept")["State"] == "ENABLED"
        assert scheduler.get_schedule_group(Name="old")["State"] == "ACTIVE"
        fired = advance(account, "11m", capsys)["firings"]  # an hour after the rules were made
        assert fired == 3
        assert sorted(inbox.read(3)) == ["rule", "rule", "schedule"]
