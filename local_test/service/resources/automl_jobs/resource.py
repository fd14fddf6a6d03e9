"""The resource type of AutoML jobs."""

from local_test.service.api.resource_type import ResourceType

SECONDARY = "AutoMLJobSecondaryStatus"


def _fail(_: dict[str, object], reason: str, time: float) -> dict[str, object]:
    return {
        "AutoMLJobStatus": "Failed",
        SECONDARY: "Failed",
        "FailureReason": reason,
        "EndTime": time,
        "LastModifiedTime": time,
    }


AUTOML_JOB = ResourceType(
    "AutoMLJob",
    "automl-job",
    "AutoMLJobSummaries",
    "AutoML job",
    is_job=True,
    shown=True,
    on_failure=_fail,
)
