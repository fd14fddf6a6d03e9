"""Name the columns that drifted in the model card of the package that was trained because of it.

    python -m deployment.drifted_columns --schedule abalone-data --package ARN

The columns are those of the schedule's last execution with violations. What the card had stays.
The pipeline runs it as its last step when a monitor has started it; the step's role needs to read
the schedule's executions and their reports, and to update the package.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]

_STATUS = "CompletedWithViolations"
_FILE = "constraint_violations.json"


def main(words: Sequence[str] | None = None) -> None:
    """Update the card of the package."""
    parser = argparse.ArgumentParser(description="Name drifted columns in a package's model card.")
    parser.add_argument("--schedule", required=True, help="monitoring schedule")
    parser.add_argument("--package", required=True, help="ARN of the model package")
    parser.add_argument("--region", help="default: that of the AWS configuration")
    arguments = parser.parse_args(words)
    sagemaker = boto3.client("sagemaker", region_name=arguments.region)
    s3 = boto3.client("s3", region_name=arguments.region)
    try:
        columns = find_columns(sagemaker, s3, arguments.schedule)
    except LookupError as error:
        parser.error(str(error))
    name_columns(sagemaker, arguments.package, arguments.schedule, columns)
    print(f"{arguments.package} names {', '.join(columns) or 'no columns'}")


def find_columns(sagemaker: Any, s3: Any, schedule: str) -> dict[str, list[str]]:
    """Return the kinds of violation of each column in the schedule's last execution with any.

    Raises LookupError when it has no such execution.
    """
    found = sagemaker.list_monitoring_executions(
        MonitoringScheduleName=schedule,
        StatusEquals=_STATUS,
        SortBy="ScheduledTime",
        SortOrder="Descending",
        MaxResults=1,
    )["MonitoringExecutionSummaries"]
    if not found:
        raise LookupError(f"The schedule {schedule} has found no violations yet.")
    name = found[0]["ProcessingJobArn"].rpartition("/")[2]
    job = sagemaker.describe_processing_job(ProcessingJobName=name)
    place = urlsplit(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])
    key = f"{place.path.strip('/')}/{_FILE}"
    content = json.loads(s3.get_object(Bucket=place.netloc, Key=key)["Body"].read())
    columns: dict[str, list[str]] = {}
    for violation in content["violations"]:
        kinds = columns.setdefault(violation["feature_name"], [])
        if violation["constraint_check_type"] not in kinds:
            kinds.append(violation["constraint_check_type"])
    return columns


def name_columns(
    sagemaker: Any, package: str, schedule: str, columns: Mapping[str, Sequence[str]]
) -> None:
    """Write the columns into the details of the package's model card."""
    described = sagemaker.describe_model_package(ModelPackageName=package)
    card = described.get("ModelCard", {"ModelCardStatus": "Draft"})
    content = json.loads(card.get("ModelCardContent", "{}"))
    details = content.setdefault("additional_information", {}).setdefault("custom_details", {})
    for column, kinds in columns.items():
        details[f"drifted column {column}"] = f"{', '.join(kinds)} (schedule {schedule})"
    sagemaker.update_model_package(
        ModelPackageArn=described["ModelPackageArn"],
        ModelCard={**card, "ModelCardContent": json.dumps(content)},
    )


if __name__ == "__main__":
    main()
