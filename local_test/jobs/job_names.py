"""Names for jobs that were given none."""

from datetime import UTC, datetime


def make_job_name(kind: str) -> str:
    """Return `kind` with the time behind it, as the SageMaker SDK names jobs."""
    now = datetime.now(UTC)
    return f"{kind}-{now:%Y-%m-%d-%H-%M-%S}-{now.microsecond // 1000:03d}"
