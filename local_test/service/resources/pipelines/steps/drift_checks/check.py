"""QualityCheck and ClarifyCheck steps: a baseline is calculated and compared with an earlier one.

Source: Developer Guide, 'Baseline calculation, drift detection and lifecycle with ClarifyCheck and
QualityCheck steps in Amazon SageMaker Pipelines'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.resources.pipelines.steps.drift_checks.baselines import (
    CHECK_TYPES,
    CheckType,
    add_baseline,
    find_registered,
    name_model,
)
from local_test.service.resources.pipelines.steps.job_step import PROCESSING
from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd
from local_test.service.storage.records import Record

_VIOLATIONS = "CompletedWithViolations"
_REPORT = "constraint_violations.json"
_FILES = ("Statistics", "Constraints")


@dataclass
class _CheckRun:
    """A check whose job was started."""

    client: Any
    key: str
    fails: bool
    metadata: Record

    def poll(self) -> StepEnd | None:
        """Return the end of the check when its job has ended."""
        described = PROCESSING.describe(self.client, self._job_name)
        status = PROCESSING.read_status(described)
        if status is None:
            return None
        if status != "Succeeded":
            return StepEnd(status, reason=described.get("FailureReason", f"The job is {status}."))
        message = described.get("ExitMessage") or ""
        if message.startswith(_VIOLATIONS):
            report = f"{_find_output(described)}/{_REPORT}"
            self.metadata = {self.key: {**self.metadata[self.key], "ViolationReport": report}}
            if self.fails:
                reason = f"ClientError: the check found violations: {report}. {message}"
                return StepEnd("Failed", reason=reason)
        return StepEnd("Succeeded", self.metadata[self.key])

    def stop(self) -> None:
        """Stop the job."""
        PROCESSING.stop(self.client, self._job_name)

    @property
    def _job_name(self) -> str:
        return str(self.metadata[self.key]["CheckJobArn"]).rpartition("/")[2]


@dataclass(frozen=True)
class _CheckStep:
    """A kind of check; `key` is its name in the metadata of a step."""

    key: str
    cached: bool = True
    repeatable: bool = True
    fields: frozenset[str] = frozenset(
        {
            *("CheckType", "ModelPackageGroupName", "SkipCheck", "FailOnViolation"),
            *("RegisterNewBaseline", "SuppliedBaselineStatistics", "SuppliedBaselineConstraints"),
            "ModelName",
        }
    )

    def check(self, step: Mapping[str, Any]) -> None:
        """Raise ApiError when the step has a type of check that its kind has not."""
        known = [name for name, kind in CHECK_TYPES.items() if kind.key == self.key]
        if step.get("CheckType") not in known:
            raise invalid(
                f"CheckType {step.get('CheckType')} of step {step['Name']}: no {self.key} step"
                f" does this. Give one of {', '.join(known)}."
            )

    def start(self, context: StepContext) -> _CheckRun:
        """Start the job, with the earlier baseline beside its data unless the check is skipped."""
        content = context.resolve({name: context.content.get(name) for name in self.fields})
        kind = CHECK_TYPES[content["CheckType"]]
        skips, registers = bool(content["SkipCheck"]), bool(content["RegisterNewBaseline"])
        previous = _find_previous(context, content, kind)
        if not skips and "Constraints" not in previous:
            raise invalid(
                f"No baseline to compare with: step {context.name}. Supply one, name a model"
                " package group whose approved package has DriftCheckBaselines, or skip the check."
            )
        arguments = context.resolve(dict(context.arguments))
        if content["ModelName"]:
            arguments = name_model(context, arguments, str(content["ModelName"]))
        if not skips:
            arguments = add_baseline(arguments, previous)
        name = context.make_name(PROCESSING.max_name_length)
        job = context.create_once(
            lambda: context.client.create_processing_job(**arguments | {"ProcessingJobName": name}),
            lambda: context.client.describe_processing_job(ProcessingJobName=name),
        )
        calculated = {file: f"{_find_output(arguments)}/{kind.files[file]}" for file in kind.files}
        used = calculated if registers else previous
        metadata = {
            "CheckType": content["CheckType"],
            **{f"CalculatedBaseline{file}": uri for file, uri in calculated.items()},
            **{
                f"BaselineUsedForDriftCheck{file}": used[file]
                for file in kind.files
                if file in used
            },
            "ModelPackageGroupName": content["ModelPackageGroupName"],
            "CheckJobArn": job["ProcessingJobArn"],
            "SkipCheck": skips,
            "RegisterNewBaseline": registers,
        }
        found = {field: value for field, value in metadata.items() if value is not None}
        return self.resume(context, {self.key: found})

    def resume(self, context: StepContext, metadata: Record) -> _CheckRun:
        """Return the run of a check whose job exists."""
        fails = context.resolve(context.content.get("FailOnViolation"))
        return _CheckRun(context.client, self.key, fails is None or bool(fails), metadata)


def _find_previous(
    context: StepContext, content: Mapping[str, Any], kind: CheckType
) -> dict[str, str]:
    """Return the addresses of the baseline to compare with: the supplied, else the registered."""
    supplied = {
        file: str(content[f"SuppliedBaseline{file}"])
        for file in _FILES
        if content[f"SuppliedBaseline{file}"]
    }
    group = content["ModelPackageGroupName"]
    if supplied or not group:
        return supplied
    try:
        return find_registered(context.client, str(group), kind)
    except ClientError as error:
        raise invalid(
            f"Model package group {group}: {error}. Create it, or name another."
        ) from error


def _find_output(job: Mapping[str, Any]) -> str:
    """Return the address of a job's output, without a slash at its end."""
    return str(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]).rstrip("/")


QUALITY_CHECK = _CheckStep("QualityCheck")
CLARIFY_CHECK = _CheckStep("ClarifyCheck")
