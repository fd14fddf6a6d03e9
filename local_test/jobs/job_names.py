"""Default names of jobs."""

from datetime import UTC, datetime


def make_job_name(kind: str) -> str:
    """Return `kind` and the current time, the form of the SageMaker SDK."""
    now = datetime.now(UTC)
    return f"{kind}-{now:%Y-%m-%d-%H-%M-%S}-{now.microsecond // 1000:03d}"
