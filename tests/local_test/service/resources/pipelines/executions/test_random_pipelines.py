"""Random pipelines: order, parallelism, failures and stops, and the states of all steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_test.service.resources.pipelines.definition import PipelineStep, parse_definition
from tests.local_test.service.resources.pipelines.executions.quick_steps import (
    QuickService,
    open_quick_service,
    quick,
)

NUMBERS = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickService]:
    with open_quick_service(tmp_path_factory.mktemp("random")) as opened:
        yield opened


@st.composite
def list_steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return steps of a definition, each depending on some of those before it."""
    steps: list[dict[str, Any]] = []
    names: list[str] = []
    for number in range(draw(st.integers(1, 7))):
        needs = draw(st.lists(st.sampled_from(names), unique=True, max_size=3)) if names else []
        name = f"S{number}"
        if draw(st.integers(0, 4)) == 0:
            branches = {
                branch: [
                    quick(f"{name}{branch[0]}{index}") for index in range(draw(st.integers(0, 2)))
                ]
                for branch in ("IfSteps", "ElseSteps")
            }
            compared = {"Type": "Equals", "LeftValue": 1, "RightValue": draw(st.integers(1, 2))}
            arguments = {"Conditions": [compared], **branches}
            steps.append({"Name": name, "Type": "Condition", "Arguments": arguments})
            names += [step["Name"] for branch in branches.values() for step in branch]
        else:
            good = draw(st.integers(0, 9)) > 0
            end = "Succeeded" if good else draw(st.sampled_from(["ClientError: x", "XException"]))
            steps.append(quick(name, end, Looks=draw(st.integers(0, 2))))
        steps[-1]["DependsOn"] = needs
        names.append(name)
    return steps


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(list_steps(), st.integers(1, 3), st.one_of(st.none(), st.integers(1, 5)))
def test_every_step_ends_as_the_service_would_show(
    service: QuickService, steps: list[dict[str, Any]], parallel: int, stop_at: int | None
) -> None:
    name = f"random{next(NUMBERS)}"
    service.kind.log.clear()
    starts = count(1)

    def stop(arn: str) -> None:
        if next(starts) == stop_at:
            service.client.stop_pipeline_execution(PipelineExecutionArn=arn)

    service.kind.on_start = stop
    service.create(name, steps)
    config = {"MaxParallelExecutionSteps": parallel}
    arn = service.start(name, ParallelismConfiguration=config)
    status = service.wait(arn)["PipelineExecutionStatus"]
    record = service.client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    definition = parse_definition(record["PipelineDefinition"]).steps
    found = service.list_steps(arn)
    check_states(status, found, stopped=stop_at is not None and next(starts) > stop_at)
    check_order(definition, found, service.kind.log, parallel)
    if status == "Succeeded":
        assert set(found) == {name for name in definition if is_reached(name, definition, found)}


def check_states(status: str, found: dict[str, dict[str, Any]], *, stopped: bool) -> None:
    states = {step["StepStatus"] for step in found.values()}
    assert states <= {"Succeeded", "Failed", "Stopped"}
    assert all(step["EndTime"] >= step["StartTime"] for step in found.values())
    assert all(("FailureReason" in s) == (s["StepStatus"] != "Succeeded") for s in found.values())
    if stopped:
        assert status == "Stopped"
    else:
        assert status == ("Failed" if "Failed" in states else "Succeeded")
        assert "Stopped" not in states


def check_order(
    definition: dict[str, PipelineStep] | Any,
    found: dict[str, dict[str, Any]],
    log: list[tuple[str, str]],
    parallel: int,
) -> None:
    running, ended, failed = set[str](), set[str](), False
    for what, name in log:
        if what == "start":
            assert not failed
            needs = {need for need in definition[name].needs if definition[need].kind == "Quick"}
            assert needs <= ended
            running.add(name)
            assert len(running) <= parallel
        else:
            running.discard(name)
            ended.add(name)
            failed = failed or found[name]["StepStatus"] != "Succeeded"
    assert not running
    for name in found:
        assert all(found[need]["StepStatus"] == "Succeeded" for need in definition[name].needs)


def is_reached(
    name: str, definition: dict[str, PipelineStep] | Any, found: dict[str, dict[str, Any]]
) -> bool:
    """Return True if a step runs: all that it needs run, and the condition chose its branch."""
    step = definition[name]
    if not all(is_reached(need, definition, found) for need in step.needs):
        return False
    if step.branch is None:
        return True
    outcome = found[step.branch[0]]["Metadata"]["Condition"]["Outcome"]
    return bool(outcome == str(step.branch[1]))
