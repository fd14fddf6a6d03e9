"""Run the steps of a pipeline, each as soon as the steps that it needs have succeeded."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines import step_cache
from local_test.service.resources.pipelines.definition import (
    PipelineDefinition,
    PipelineStep,
    parse_definition,
)
from local_test.service.resources.pipelines.references import References, follow_path
from local_test.service.resources.pipelines.resource import EXECUTION
from local_test.service.resources.pipelines.steps.registry import KINDS
from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepRun
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri as parse_address

_POLL_SECONDS = 0.3
_REFUSALS = (ClientError, BotoCoreError, ApiError, LocalError)


class PipelineExecution:
    """One execution of a pipeline; its record has the status of each step."""

    def __init__(self, backend: Backend, region: str, name: str) -> None:
        self._backend, self._region, self._name = backend, region, name
        record = backend.records.get(EXECUTION, region, name)
        self._definition: PipelineDefinition = parse_definition(record["PipelineDefinition"])
        self._client = backend.aws.client("sagemaker", region)
        self._arn: str = record[EXECUTION.arn_field]
        self._max_parallel = record.get("ParallelismConfiguration", {}).get(
            "MaxParallelExecutionSteps", 50
        )
        self._steps: dict[str, Record] = {}
        self._runs: dict[str, StepRun] = {}
        self._waiting = dict(self._definition.steps)
        self._descriptions: dict[str, Mapping[str, Any]] = {}
        self._files: dict[tuple[str, str], str] = {}
        self._references = References(
            record["Values"], self._descriptions, record["Facts"], self._files, self._read_object
        )

    def run(self, stop: threading.Event) -> None:
        """Run all steps; errors go into the step's entry and the execution's record."""
        while not stop.is_set():
            self._skip_branches()
            if not self._has_failed():
                self._start_ready()
            running = [name for name in list(self._runs) if self._poll_step(name)]
            if not running and (self._has_failed() or not self._list_ready()):
                break
            stop.wait(_POLL_SECONDS)
        if stop.is_set():
            self._stop_steps()
        self._finish(stopped=stop.is_set())

    def _list_ready(self) -> list[PipelineStep]:
        done = {name for name, step in self._steps.items() if step["StepStatus"] == "Succeeded"}
        return [step for step in self._waiting.values() if step.needs <= done]

    def _skip_branches(self) -> None:
        """Drop the steps of a branch that is not taken, and all steps that need one of them."""
        skipped = {name for name, step in self._waiting.items() if not self._is_taken(step)}
        while skipped:
            for name in skipped:
                del self._waiting[name]
            remaining = self._waiting.keys() | self._steps.keys()
            skipped = {name for name, step in self._waiting.items() if step.needs - remaining}

    def _is_taken(self, step: PipelineStep) -> bool:
        if step.branch is None or step.branch[0] not in self._steps:
            return True
        outcome = self._steps[step.branch[0]].get("Metadata", {}).get("Condition", {})
        return outcome.get("Outcome") in {None, str(step.branch[1])}

    def _has_failed(self) -> bool:
        return any(step["StepStatus"] in {"Failed", "Stopped"} for step in self._steps.values())

    def _start_ready(self) -> None:
        for step in self._list_ready():
            if len(self._runs) >= self._max_parallel or self._has_failed():
                return
            del self._waiting[step.name]
            started = {"StartTime": now(), "AttemptCount": 0, **step.labels}
            self._update_step(step.name, StepStatus="Executing", **started)
            try:
                self._start_step(step)
            except _REFUSALS as error:
                self._end_step(step.name, "Failed", f"ClientError: {error}")

    def _start_step(self, step: PipelineStep) -> None:
        kind = KINDS[step.kind]
        context = self._make_context(step)
        if step.cache is not None and self._reuse_step(step, step.cache, context):
            return
        run = kind.start(context)
        self._runs[step.name] = run
        self._update_step(step.name, Metadata=run.metadata)

    def _make_context(self, step: PipelineStep) -> StepContext:
        return StepContext(
            self._backend,
            self._region,
            self._client,
            self._arn,
            step.name,
            step.content,
            step.arguments,
            self._references.resolve,
        )

    def _reuse_step(
        self, step: PipelineStep, config: step_cache.CacheConfig, context: StepContext
    ) -> bool:
        """Finish a step with the results of an earlier one; return False if there are none."""
        named = {field: step.content.get(field) for field in KINDS[step.kind].fields}
        key = step_cache.make_key(step.kind, self._references.resolve({**step.arguments, **named}))
        record = self._backend.records.get(EXECUTION, self._region, self._name)
        cached = step_cache.find_cached_step(
            self._backend, self._region, record, step.name, key, config
        )
        self._update_step(step.name, **{step_cache.KEY_FIELD: key})
        if cached is None:
            return False
        metadata = cached.entry["Metadata"]
        end = KINDS[step.kind].resume(context, metadata).poll()
        if end is None:
            return False
        self._update_step(
            step.name, CacheHitResult={"SourcePipelineExecutionArn": cached.execution_arn}
        )
        self._succeed_step(step, end.properties, metadata)
        return True

    def _poll_step(self, name: str) -> bool:
        """Return True while a step runs, else finish it and return False."""
        run = self._runs[name]
        end = run.poll()
        if end is None:
            return True
        del self._runs[name]
        if end.status == "Succeeded":
            self._succeed_step(self._definition.steps[name], end.properties, run.metadata)
        else:
            self._end_step(name, end.status, end.reason, Metadata=run.metadata)
        return False

    def _succeed_step(
        self, step: PipelineStep, described: Mapping[str, Any], metadata: Record
    ) -> None:
        self._descriptions[step.name] = described
        for file in step.files:
            path = f".ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
            folder = str(follow_path(described, path, step.name)).rstrip("/")
            self._files[step.name, file["PropertyFileName"]] = f"{folder}/{file['FilePath']}"
        self._end_step(step.name, "Succeeded", Metadata=metadata)

    def _end_step(self, name: str, status: str, reason: str | None = None, **more: Any) -> None:
        failure = {"FailureReason": reason} if reason else {}
        self._update_step(name, StepStatus=status, EndTime=now(), **failure, **more)

    def _update_step(self, name: str, **changes: Any) -> None:
        self._steps[name] = self._steps.get(name, {"StepName": name}) | changes
        self._update(Steps=list(self._steps.values()))

    def _stop_steps(self) -> None:
        """Stop the running steps and wait for their end."""
        for run in self._runs.values():
            run.stop()
        while [name for name in list(self._runs) if self._poll_step(name)]:
            time.sleep(_POLL_SECONDS)

    def _finish(self, *, stopped: bool) -> None:
        failed = [step for step in self._steps.values() if step["StepStatus"] == "Failed"]
        status = "Stopped" if stopped else "Failed" if self._has_failed() else "Succeeded"
        reasons = [f"Step {step['StepName']}: {step['FailureReason']}" for step in failed]
        failure = {"FailureReason": "; ".join(reasons)[:1300]} if reasons else {}
        self._update(**{EXECUTION.status_field: status}, **failure)

    def _update(self, **changes: Any) -> None:
        changes["LastModifiedTime"] = now()
        self._backend.records.update(EXECUTION, self._region, self._name, **changes)

    def _read_object(self, address: str) -> bytes:
        return self._backend.storage(self._region).read(parse_address(address))
