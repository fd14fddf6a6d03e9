"""Run the steps of a pipeline, each as soon as the steps that it needs have succeeded.

The record of an execution has all that is needed to go on with it after a restart of the service:
an attempt of a step is entered before it starts, and what it has started as soon as it is known.
"""

import threading
import time
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines import (
    cached_inputs,
    retry_policies,
    step_cache,
)
from local_test.service.resources.pipelines.definition import PipelineStep, parse_definition
from local_test.service.resources.pipelines.executions.experiments import add_experiment
from local_test.service.resources.pipelines.executions.selection import list_selected
from local_test.service.resources.pipelines.executions.step_entries import StepEntries
from local_test.service.resources.pipelines.executions.step_numbers import NUMBERS_FIELD
from local_test.service.resources.pipelines.executions.step_values import StepValues
from local_test.service.resources.pipelines.references import replace_job_name
from local_test.service.resources.pipelines.resource import EXECUTION, RUNNING_STEPS
from local_test.service.resources.pipelines.steps.registry import KINDS
from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd, StepRun
from local_test.service.storage.records import Record

_POLL_SECONDS = 0.3
_MAX_PARALLEL = 50
_MAX_REASON = 1300
_REFUSALS = (ClientError, BotoCoreError, ApiError, LocalError)
_CUT_OFF = "InternalServerError: the local service ended while the step started."


class PipelineExecution:
    """One execution of a pipeline; its record has the status of each step."""

    def __init__(self, backend: Backend, region: str, name: str) -> None:
        self._backend, self._region, self._poll_seconds = backend, region, _POLL_SECONDS
        self._entries = StepEntries(backend, region, name)
        record = self._entries.read_record()
        self._arn: str = record[EXECUTION.arn_field]
        self._steps = parse_definition(record["PipelineDefinition"]).steps
        self._client = backend.aws.client("sagemaker", region)
        self._values = StepValues(backend, region, record)
        self._experiment = record.get("PipelineExperimentConfig")
        selected = list_selected(record)
        self._waiting = {
            name: step
            for name, step in self._steps.items()
            if name not in self._entries and (selected is None or name in selected)
        }
        self._runs: dict[str, StepRun] = {}

    def run(self, stop: threading.Event) -> None:
        """Run all steps; errors go into the step's entry and the execution's record.

        When it is stopped while the record is not Stopping, the service ends: the record stays as
        it is, and a later run goes on with it.
        """
        self._restore()
        while not stop.is_set() and not self._is_stopping():
            self._skip_branches()
            self._start_steps()
            self._poll_steps()
            if not self._is_active():
                break
            stop.wait(self._poll_seconds)
        stopped = self._is_stopping()
        if stopped:
            self._stop_steps()
        if self._runs or (stop.is_set() and not stopped):  # the service ends
            return
        self._finish(stopped=stopped)

    def _restore(self) -> None:
        """Take up the steps that the record has."""
        for name in self._entries.list_names({"Succeeded"}):
            self._restore_values(self._steps[name])
        pending = set(self._entries.list_pending())
        for name in self._entries.list_names(RUNNING_STEPS):
            if name not in pending:
                self._resume_attempt(self._steps[name])

    def _resume_attempt(self, step: PipelineStep) -> None:
        """Take up an attempt: what it has started goes on; a start that was cut off is repeated."""
        kind, metadata = KINDS[step.kind], self._entries[step.name].get("Metadata")
        if metadata is None and kind.repeatable and not self._is_stopping():
            self._start_attempt(step, restarted=True)
        elif metadata is None:
            self._fail_attempt(step, _CUT_OFF, retry_policies.INTERNAL_ERROR)
        else:
            try:
                self._runs[step.name] = kind.resume(self._make_context(step), metadata)
            except _REFUSALS as error:  # what it has made was deleted
                self._fail_attempt(step, f"ClientError: {error}", None, metadata)

    def _restore_values(self, step: PipelineStep) -> None:
        """Read the properties of a step again; what was deleted meanwhile has none."""
        metadata = self._entries[step.name]["Metadata"]
        try:
            end = KINDS[step.kind].resume(self._make_context(step), metadata).poll()
            if end is not None:
                self._values.add(step, end.properties)
        except _REFUSALS:
            return

    def _is_stopping(self) -> bool:
        return bool(self._entries.read_record()[EXECUTION.status_field] == "Stopping")

    def _is_active(self) -> bool:
        """Return True while a step runs, waits for its next attempt, or can start."""
        if self._runs or self._entries.list_pending():
            return True
        return not self._entries.has_failed() and bool(self._list_ready())

    def _list_ready(self) -> list[PipelineStep]:
        done = set(self._entries.list_names({"Succeeded"}))
        return [step for step in self._waiting.values() if step.needs <= done]

    def _skip_branches(self) -> None:
        """Drop the steps of a branch that is not taken, and all steps that need one of them."""
        skipped = {name for name, step in self._waiting.items() if not self._is_taken(step)}
        while skipped:
            for name in skipped:
                del self._waiting[name]
            left = {*self._waiting, *self._entries.list_names()}
            skipped = {name for name, step in self._waiting.items() if step.needs - left}

    def _is_taken(self, step: PipelineStep) -> bool:
        if step.branch is None:
            return True
        return self._entries.get_outcome(step.branch[0]) in {None, str(step.branch[1])}

    def _start_steps(self) -> None:
        """Start the attempts that are due, and the steps that are ready unless one has failed."""
        startable = [self._steps[name] for name in self._entries.list_due(now())]
        if not self._entries.has_failed():
            startable += self._list_ready()
        parallel = self._read_parallelism() if startable else 0
        for step in startable:
            is_new = step.name in self._waiting
            if len(self._runs) >= parallel or (is_new and self._entries.has_failed()):
                return
            if is_new:
                del self._waiting[step.name]
                started = {"StartTime": now(), "AttemptCount": 0, **step.labels}
            else:
                attempt = self._entries[step.name]["AttemptCount"] + 1
                started = {"RetryTime": None, "Metadata": None, "AttemptCount": attempt}
            self._entries.update(step.name, StepStatus="Executing", **started)
            self._start_attempt(step)

    def _read_parallelism(self) -> int:
        config = self._entries.read_record().get("ParallelismConfiguration") or {}
        return int(config.get("MaxParallelExecutionSteps", _MAX_PARALLEL))

    def _start_attempt(self, step: PipelineStep, *, restarted: bool = False) -> None:
        context = replace(self._make_context(step), restarted=restarted)
        try:
            if step.cache is not None and self._reuse_step(step, step.cache, context):
                return
            run = KINDS[step.kind].start(context)
        except _REFUSALS as error:
            kind = retry_policies.classify_error(error)
            self._fail_attempt(step, f"ClientError: {error}", kind)
            return
        self._runs[step.name] = run
        self._entries.update(step.name, Metadata=run.metadata)

    def _make_context(self, step: PipelineStep) -> StepContext:
        return StepContext(
            self._backend,
            self._region,
            self._client,
            self._arn,
            step.name,
            step.content,
            add_experiment(step.kind, step.arguments, self._experiment),
            self._values.resolve,
            self._entries[step.name]["StartTime"],
            self._entries[step.name]["AttemptCount"],
        )

    def _reuse_step(
        self, step: PipelineStep, config: step_cache.CacheConfig, context: StepContext
    ) -> bool:
        """Finish a step with the results of an earlier one; return False if there are none."""
        named = {field: step.content.get(field) for field in KINDS[step.kind].fields}
        own = replace_job_name(step.kind, {**step.arguments, **named}, "")  # new at each attempt
        arguments = self._values.resolve(own)
        inputs = {field: arguments[field] for field in arguments if field != f"{step.kind}Name"}
        contents = cached_inputs.read_contents(self._backend, self._region, inputs)
        key = step_cache.make_key(step.kind, arguments, contents)
        cached = step_cache.find_cached_step(
            self._backend, self._region, self._entries.read_record(), step.name, key, config
        )
        self._entries.update(step.name, **{step_cache.KEY_FIELD: key})
        if cached is None:
            return False
        metadata = cached.entry["Metadata"]
        try:
            end = KINDS[step.kind].resume(context, metadata).poll()
        except ClientError:  # what the step made was deleted
            return False
        if end is None or end.status != "Succeeded":
            return False
        source = {"SourcePipelineExecutionArn": cached.execution_arn}
        self._entries.update(step.name, CacheHitResult=source)
        self._succeed_step(step, end, metadata, cached.entry.get(NUMBERS_FIELD))
        return True

    def _poll_steps(self, *, retry: bool = True) -> None:
        """Finish the steps that have ended."""
        for name, run in list(self._runs.items()):
            step = self._steps[name]
            try:
                end = run.poll()
            except _REFUSALS as error:
                end = StepEnd("Failed", reason=f"ClientError: {error}")
            if end is None:
                continue
            del self._runs[name]
            if end.status == "Succeeded":
                self._succeed_step(step, end, run.metadata)
            elif end.status == "Failed" and retry:
                kind = retry_policies.classify_reason(step.kind, end.reason)
                self._fail_attempt(step, end.reason, kind, run.metadata)
            else:
                self._entries.end(name, end.status, end.reason, Metadata=run.metadata)

    def _succeed_step(
        self,
        step: PipelineStep,
        end: StepEnd,
        metadata: Record,
        known: dict[str, str] | None = None,
    ) -> None:
        """Enter a step's success, with the numbers that it has given unless they are known."""
        try:
            self._values.add(step, end.properties)
        except ApiError as error:
            self._entries.end(step.name, "Failed", f"ClientError: {error}", Metadata=metadata)
        else:
            numbers = self._values.collect_numbers(step) if known is None else known
            more: Record = {NUMBERS_FIELD: numbers} if numbers else {}
            self._entries.end(step.name, "Succeeded", **more, Metadata=metadata)

    def _fail_attempt(
        self,
        step: PipelineStep,
        reason: str | None,
        exception_type: str | None,
        metadata: Record | None = None,
    ) -> None:
        """Plan the next attempt of a step, or fail it."""
        entry, policies = self._entries[step.name], step.retry_policies
        index = retry_policies.find_policy(policies, exception_type)
        if index is not None:
            retries = dict(entry.get("Retries") or {})
            count = retries.get(str(index), 0)
            due = policies[index].plan_retry(count, entry["StartTime"], now())
            if due is not None:
                retries[str(index)] = count + 1
                self._entries.update(step.name, RetryTime=due, Retries=retries, Metadata=metadata)
                return
        self._entries.end(step.name, "Failed", reason, Metadata=metadata)

    def _stop_steps(self) -> None:
        """Stop the running steps and wait for their end, or for that of the service."""
        for name in self._entries.list_pending():
            self._entries.end(name, "Stopped", "The execution was stopped.")
        for name, run in self._runs.items():
            self._entries.update(name, StepStatus="Stopping")
            run.stop()
        self._poll_steps(retry=False)
        while self._runs and not self._backend.threads.is_closing:
            time.sleep(self._poll_seconds)
            self._poll_steps(retry=False)

    def _finish(self, *, stopped: bool) -> None:
        failed = self._entries.list_names({"Failed"})
        stopped = stopped or (not failed and bool(self._entries.list_names({"Stopped"})))
        status = "Stopped" if stopped else "Failed" if failed else "Succeeded"
        reasons = [f"Step {name}: {self._entries[name].get('FailureReason')}" for name in failed]
        failure = {"FailureReason": "; ".join(reasons)[:_MAX_REASON]} if reasons else {}
        self._entries.update_record(**{EXECUTION.status_field: status}, **failure)
