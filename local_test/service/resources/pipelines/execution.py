"""A pipeline's execution: steps begin as soon as what they need is there, and are really run."""

import threading
import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError
from local_test.service.api.api_errors import Fault
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines import conditions, step_types
from local_test.service.resources.pipelines.definition import Definition, Step, parse
from local_test.service.resources.pipelines.references import Known, followed
from local_test.service.resources.pipelines.resource import EXECUTION
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse as parse_address

_GLANCE_SECONDS = 0.3
_REFUSALS = (ClientError, BotoCoreError, Fault, LocalError)


class Execution:
    """One execution; its record says at every time how far each step is."""

    def __init__(self, backend: Backend, region: str, name: str) -> None:
        self._backend, self._region, self._name = backend, region, name
        record = backend.records.get(EXECUTION, region, name)
        self._definition: Definition = parse(record["PipelineDefinition"])
        self._client = backend.aws.client("sagemaker", region)
        self._most = record.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps", 50)
        self._steps: dict[str, Record] = {}
        self._jobs: dict[str, str] = {}
        self._waiting = dict(self._definition.steps)
        self._described: dict[str, Mapping[str, Any]] = {}
        self._files: dict[tuple[str, str], str] = {}
        self._known = Known(
            record["Values"], self._described, record["Facts"], self._files, self._read
        )

    def run(self, stop: threading.Event) -> None:
        """Do all steps; whatever goes wrong is told of its step and of the execution."""
        while not stop.is_set():
            self._skip()
            if not self._failed():
                self._begin()
            running = [name for name in list(self._jobs) if self._glance(name)]
            if not running and (self._failed() or not self._ready()):
                break
            stop.wait(_GLANCE_SECONDS)
        if stop.is_set():
            self._halt()
        self._finish(stopped=stop.is_set())

    def _ready(self) -> list[Step]:
        done = {name for name, told in self._steps.items() if told["StepStatus"] == "Succeeded"}
        return [step for step in self._waiting.values() if step.needs <= done]

    def _skip(self) -> None:
        """Leave out the branch that was not taken, and all that needs something of it."""
        gone = {name for name, step in self._waiting.items() if not self._taken(step)}
        while gone:
            for name in gone:
                del self._waiting[name]
            there = self._waiting.keys() | self._steps.keys()
            gone = {name for name, step in self._waiting.items() if step.needs - there}

    def _taken(self, step: Step) -> bool:
        if step.branch is None or step.branch[0] not in self._steps:
            return True
        outcome = self._steps[step.branch[0]].get("Metadata", {}).get("Condition", {})
        return outcome.get("Outcome") in {None, str(step.branch[1])}

    def _failed(self) -> bool:
        return any(told["StepStatus"] in {"Failed", "Stopped"} for told in self._steps.values())

    def _begin(self) -> None:
        for step in self._ready():
            if len(self._jobs) >= self._most or self._failed():
                return
            del self._waiting[step.name]
            self._tell(step.name, StepStatus="Executing", StartTime=now(), AttemptCount=0)
            try:
                self._start(step)
            except _REFUSALS as error:
                self._end(step.name, "Failed", f"ClientError: {error}")

    def _start(self, step: Step) -> None:
        if step.kind == "Condition":
            told = step.arguments["Conditions"]
            holds = all(conditions.holds(item, self._known.resolved) for item in told)
            self._end(step.name, "Succeeded", Metadata={"Condition": {"Outcome": str(holds)}})
            return
        arguments = self._known.resolved(dict(step.arguments))
        name = self._called(step)
        if step.kind in step_types.JOBS:
            job = step_types.JOBS[step.kind]
            arn = job.create(self._client, name, arguments)
            self._jobs[step.name] = name
            self._tell(step.name, Metadata={job.told: {"Arn": arn}})
        elif step.kind == "Fail":
            told = {"ErrorMessage": str(arguments.get("ErrorMessage", ""))}
            self._end(step.name, "Failed", told["ErrorMessage"], Metadata={"Fail": told})
        else:
            made = step_types.AT_ONCE[step.kind](self._client, name, arguments)
            self._succeed(step, made, {step.kind: {"Arn": made[step_types.ARNS[step.kind]]}})

    def _called(self, step: Step) -> str:
        """Name what a step makes: by the execution, the step, and at random."""
        longest = step_types.JOBS[step.kind].longest if step.kind in step_types.JOBS else 63
        whole = f"pipelines-{self._name}-{step.name}"
        return f"{whole[: longest - 9].rstrip('-')}-{token_hex(4)}".lower()

    def _glance(self, name: str) -> bool:
        """Look how a job is; False when it has ended, and its step with it."""
        step = self._definition.steps[name]
        job = step_types.JOBS[step.kind]
        told = job.describe(self._client, self._jobs[name])
        status = job.ended(told)
        if status is None:
            return True
        del self._jobs[name]
        if status == "Succeeded":
            self._succeed(step, told, self._steps[name]["Metadata"])
        else:
            self._end(name, status, told.get("FailureReason", f"The job is {status}."))
        return False

    def _succeed(self, step: Step, described: Mapping[str, Any], metadata: Record) -> None:
        self._described[step.name] = described
        for file in step.files:
            path = f".ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
            folder = str(followed(described, path, step.name)).rstrip("/")
            self._files[step.name, file["PropertyFileName"]] = f"{folder}/{file['FilePath']}"
        self._end(step.name, "Succeeded", Metadata=metadata)

    def _end(self, name: str, status: str, reason: str | None = None, **more: Any) -> None:
        told = {"FailureReason": reason} if reason else {}
        self._tell(name, StepStatus=status, EndTime=now(), **told, **more)

    def _tell(self, name: str, **changes: Any) -> None:
        self._steps[name] = self._steps.get(name, {"StepName": name}) | changes
        self._update(Steps=list(self._steps.values()))

    def _halt(self) -> None:
        """Stop the jobs that run, and wait until they have."""
        for name, job in list(self._jobs.items()):
            try:
                step_types.JOBS[self._definition.steps[name].kind].stop(self._client, job)
            except ClientError:
                continue  # it has just ended
        while [name for name in list(self._jobs) if self._glance(name)]:
            time.sleep(_GLANCE_SECONDS)

    def _finish(self, *, stopped: bool) -> None:
        failed = [told for told in self._steps.values() if told["StepStatus"] == "Failed"]
        status = "Stopped" if stopped else "Failed" if self._failed() else "Succeeded"
        reasons = [f"Step {told['StepName']}: {told['FailureReason']}" for told in failed]
        told = {"FailureReason": "; ".join(reasons)[:1300]} if reasons else {}
        self._update(**{EXECUTION.status: status}, **told)

    def _update(self, **changes: Any) -> None:
        changes["LastModifiedTime"] = now()
        self._backend.records.update(EXECUTION, self._region, self._name, **changes)

    def _read(self, address: str) -> bytes:
        return self._backend.storage(self._region).read(parse_address(address))
