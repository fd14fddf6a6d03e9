"""When a step that failed starts again.

Source: Developer Guide, 'Retry Policy for Pipeline Steps': exception types, defaults, and that
tuning jobs are not retried for internal errors; errors of the service and throttling are retried
without a policy, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

RETRIED_KINDS = frozenset(
    {
        *("AutoML", "Processing", "Training", "Tuning", "Transform"),
        *("EndpointConfig", "Model", "RegisterModel"),
    }
)
"""The types of steps that can have retry policies."""

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
_REASONS = {
    "InternalServerError": INTERNAL_ERROR,
    "CapacityError": "SageMaker.CAPACITY_ERROR",
    "ResourceLimitExceeded": RESOURCE_LIMIT,
}


@dataclass(frozen=True)
class RetryPolicy:
    """How often a step is started again after these types of exceptions, and when.

    With `expire_after` (seconds since the start of the step) the number of retries is not limited.
    """

    exception_types: frozenset[str]
    interval: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int = 5
    expire_after: float | None = None

    def plan_retry(self, retries: int, started: float, time: float) -> float | None:
        """Return when a step is retried that failed at a time, None if it is not.

        `retries` is how often this policy has retried it. Times are in seconds since 1970.
        """
        if self.expire_after is None and retries >= self.max_attempts:
            return None
        if self.expire_after is not None and time >= started + self.expire_after:
            return None
        return time + self.interval * self.backoff_rate**retries


_DEFAULT = RetryPolicy(frozenset({SERVICE_FAULT, THROTTLING}))


def parse_retry_policies(contents: Sequence[Mapping[str, Any]]) -> tuple[RetryPolicy, ...]:
    """Return the retry policies of a step; the default one is the last."""
    return (*map(_parse_policy, contents), _DEFAULT)


def _parse_policy(content: Mapping[str, Any]) -> RetryPolicy:
    types = content["ExceptionType"]
    minutes = content.get("ExpireAfterMin")
    return RetryPolicy(
        frozenset([types] if isinstance(types, str) else types),
        float(content.get("IntervalSeconds", 1)),
        float(content.get("BackoffRate", 2)),
        int(content.get("MaxAttempts", 5)),
        None if minutes is None else minutes * 60.0,
    )


def find_policy(policies: Sequence[RetryPolicy], exception_type: str | None) -> int | None:
    """Return the index of the policy for a type of exception, None if it is not retried."""
    for index, policy in enumerate(policies):
        if exception_type in policy.exception_types:
            return index
    return None


def classify_error(error: Exception) -> str | None:
    """Return the type of exception of a call that failed, None if no policy can name it."""
    if not isinstance(error, ClientError):
        return None
    code = str(error.response["Error"].get("Code", ""))
    if code.startswith(("Throttling", "TooManyRequests")):
        return THROTTLING
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
        return SERVICE_FAULT
    return RESOURCE_LIMIT if code == "ResourceLimitExceeded" else None


def classify_reason(kind: str, reason: str | None) -> str | None:
    """Return the type of exception of a job that failed, None if no policy can name it."""
    found = _REASONS.get(str(reason).partition(":")[0])
    return None if (kind, found) == ("Tuning", INTERNAL_ERROR) else found
