"""Run the steps of a pipeline, each as soon as the steps that it needs have succeeded."""

import threading
import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines import conditions, step_cache, step_types
from local_test.service.resources.pipelines.definition import (
    PipelineDefinition,
    PipelineStep,
    parse_definition,
)
from local_test.service.resources.pipelines.references import References, follow_path
from local_test.service.resources.pipelines.resource import EXECUTION
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
        self._max_parallel = record.get("ParallelismConfiguration", {}).get(
            "MaxParallelExecutionSteps", 50
        )
        self._steps: dict[str, Record] = {}
        self._jobs: dict[str, str] = {}
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
            running = [name for name in list(self._jobs) if self._poll_job(name)]
            if not running and (self._has_failed() or not self._list_ready()):
                break
            stop.wait(_POLL_SECONDS)
        if stop.is_set():
            self._stop_jobs()
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
            if len(self._jobs) >= self._max_parallel or self._has_failed():
                return
            del self._waiting[step.name]
            started = {"StartTime": now(), "AttemptCount": 0, **step.labels}
            self._update_step(step.name, StepStatus="Executing", **started)
            try:
                self._start_step(step)
            except _REFUSALS as error:
                self._end_step(step.name, "Failed", f"ClientError: {error}")

    def _start_step(self, step: PipelineStep) -> None:
        if step.kind == "Condition":
            items = step.arguments["Conditions"]
            holds = all(conditions.is_true(item, self._references.resolve) for item in items)
            self._end_step(step.name, "Succeeded", Metadata={"Condition": {"Outcome": str(holds)}})
            return
        arguments = self._references.resolve(dict(step.arguments))
        name = self._make_name(step)
        if step.kind in step_types.JOBS:
            if self._reuse_step(step, arguments):
                return
            job = step_types.JOBS[step.kind]
            arn = job.create(self._client, name, arguments)
            self._jobs[step.name] = name
            self._update_step(step.name, Metadata={job.metadata_key: {"Arn": arn}})
        elif step.kind == "Fail":
            message = str(arguments.get("ErrorMessage", ""))
            metadata = {"Fail": {"ErrorMessage": message}}
            self._end_step(step.name, "Failed", message, Metadata=metadata)
        else:
            description = step_types.IMMEDIATE[step.kind](self._client, name, arguments)
            self._succeed_step(
                step,
                description,
                {step.kind: {"Arn": description[step_types.ARN_FIELDS[step.kind]]}},
            )

    def _reuse_step(self, step: PipelineStep, arguments: Mapping[str, Any]) -> bool:
        """Finish a step with the results of an earlier one; return False if there are none."""
        if step.cache is None:
            return False
        key = step_cache.make_key(step.kind, arguments)
        record = self._backend.records.get(EXECUTION, self._region, self._name)
        cached = step_cache.find_cached_step(
            self._backend, self._region, record, step.name, key, step.cache
        )
        self._update_step(step.name, **{step_cache.KEY_FIELD: key})
        if cached is None:
            return False
        job = step_types.JOBS[step.kind]
        metadata = cached.entry["Metadata"]
        arn = metadata[job.metadata_key]["Arn"]
        description = job.describe(self._client, arn.rpartition("/")[2])
        self._update_step(
            step.name, CacheHitResult={"SourcePipelineExecutionArn": cached.execution_arn}
        )
        self._succeed_step(step, description, metadata)
        return True

    def _make_name(self, step: PipelineStep) -> str:
        """Return a name for a step's job or model, of the execution, the step and a random part."""
        longest = step_types.JOBS[step.kind].max_name_length if step.kind in step_types.JOBS else 63
        whole = f"pipelines-{self._name}-{step.name}"
        return f"{whole[: longest - 9].rstrip('-')}-{token_hex(4)}".lower()

    def _poll_job(self, name: str) -> bool:
        """Return True while a step's job runs, else finish the step and return False."""
        step = self._definition.steps[name]
        job = step_types.JOBS[step.kind]
        description = job.describe(self._client, self._jobs[name])
        status = job.read_status(description)
        if status is None:
            return True
        del self._jobs[name]
        if status == "Succeeded":
            self._succeed_step(step, description, self._steps[name]["Metadata"])
        else:
            self._end_step(name, status, description.get("FailureReason", f"The job is {status}."))
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

    def _stop_jobs(self) -> None:
        """Stop the running jobs and wait for their end."""
        for name, job in list(self._jobs.items()):
            try:
                step_types.JOBS[self._definition.steps[name].kind].stop(self._client, job)
            except ClientError:
                continue  # it has just ended
        while [name for name in list(self._jobs) if self._poll_job(name)]:
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
