"""A service without its port, and a kind of step that ends after some looks at it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.resources.pipelines.executions import execution
from local_test.service.resources.pipelines.steps.registry import KINDS
from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd
from local_test.service.storage.records import Record
from tests.local_test.service.in_process import open_service

ROLE = "arn:aws:iam::123456789012:role/r"
ENDED = {"Succeeded", "Failed", "Stopped"}


@dataclass
class QuickRun:
    """A step that ends at the look number `looks`, or when it is stopped."""

    metadata: Record
    end: StepEnd
    looks: int
    on_end: Callable[[], object]
    stopped: bool = False

    def poll(self) -> StepEnd | None:
        self.looks -= 1
        if self.looks >= 0 and not self.stopped:
            return None
        self.on_end()
        return StepEnd("Stopped", reason="It was stopped.") if self.stopped else self.end

    def stop(self) -> None:
        self.stopped = True


@dataclass
class QuickKind:
    """Steps whose arguments say how they end: `Ends` has one entry an attempt, the last counts on.

    An entry is Succeeded, a FailureReason, or the code of an error of the call that starts it.
    `log` has the starts and ends in their order; `on_start` is called with each execution's ARN.
    """

    cached: bool = False
    repeatable: bool = False
    fields: frozenset[str] = frozenset()
    log: list[tuple[str, str]] = field(default_factory=list)
    attempts: dict[tuple[str, str], int] = field(default_factory=dict)
    on_start: Callable[[str], object] = lambda _arn: None

    def check(self, step: Mapping[str, Any]) -> None: ...

    def start(self, context: StepContext) -> QuickRun:
        arguments = context.resolve(dict(context.arguments))
        key = (context.execution_arn, context.name)
        attempt = self.attempts[key] = self.attempts.get(key, 0) + 1
        ends = arguments.get("Ends", ["Succeeded"])
        end = ends[min(attempt, len(ends)) - 1]
        self.log.append(("start", context.name))
        self.on_start(context.execution_arn)
        if end.endswith("Exception"):
            self.log.append(("end", context.name))
            response = {"Error": {"Code": end}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(response, "CreateQuick")
        metadata = {"Lambda": {"Arn": f"quick/{attempt}"}}
        return self.resume(context, metadata, end)

    def resume(self, context: StepContext, metadata: Record, end: str = "Succeeded") -> QuickRun:
        looks = int(context.arguments.get("Looks", 0))
        outcome = StepEnd("Succeeded", {"Value": context.resolve(context.arguments.get("Value"))})
        if end != "Succeeded":
            outcome = StepEnd("Failed", reason=end)
        return QuickRun(metadata, outcome, looks, lambda: self.log.append(("end", context.name)))


@dataclass(repr=False)
class QuickService:
    """A service in this process, whose pipelines may have steps of the type Quick."""

    backend: Backend
    client: Any
    kind: QuickKind

    def create(self, name: str, steps: list[dict[str, Any]], **more: Any) -> str:
        definition = {"Version": "2020-12-01", "Steps": steps} | more
        created = self.client.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=ROLE
        )
        return str(created["PipelineArn"])

    def start(self, name: str, **more: Any) -> str:
        started = self.client.start_pipeline_execution(PipelineName=name, **more)
        return str(started["PipelineExecutionArn"])

    def wait(self, arn: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            told = self.client.describe_pipeline_execution(PipelineExecutionArn=arn)
            if told["PipelineExecutionStatus"] in ENDED:
                return dict(told)
            assert time.monotonic() < deadline, told
            time.sleep(0.005)

    def list_steps(self, arn: str) -> dict[str, dict[str, Any]]:
        listed = self.client.list_pipeline_execution_steps(
            PipelineExecutionArn=arn, SortOrder="Ascending", MaxResults=100
        )
        return {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}


def quick(name: str, *ends: str, **fields: Any) -> dict[str, Any]:
    """Return a step of a definition; arguments are `Looks` and `Value`, other fields the step's."""
    arguments: dict[str, Any] = {
        key: fields.pop(key) for key in ("Looks", "Value") if key in fields
    }
    if ends:
        arguments["Ends"] = list(ends)
    return {"Name": name, "Type": "Quick", "Arguments": arguments} | fields


@contextmanager
def open_quick_service(folder: Path) -> Iterator[QuickService]:
    """Give a service whose executions look at their steps often."""
    kind = QuickKind()
    with pytest.MonkeyPatch.context() as patch, open_service(folder) as (backend, client):
        patch.setitem(KINDS, "Quick", kind)
        patch.setattr(execution, "_POLL_SECONDS", 0.001)
        try:
            yield QuickService(backend, client, kind)
        finally:
            backend.threads.close()
