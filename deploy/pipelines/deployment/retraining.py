"""Train again when a monitor finds violations: a rule of EventBridge that starts the pipeline.

    python -m deployment.retraining --schedule abalone-data --pipeline abalone --role ROLE
    python -m deployment.retraining --schedule abalone-data --pipeline abalone --remove

ROLE is the ARN of a role that EventBridge may assume, and that may start the pipeline. The rule is
named after the schedule, and to install it again updates it. A pipeline with the parameter
`MonitoringSchedule` gets the schedule's name, as that of the abalones has, which names the drifted
columns in the model card of the new package. A monitor's execution ends with the
event of its processing job, whose exit message has the verdict.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]

_TARGET = "pipeline"
_PARAMETER = "MonitoringSchedule"


def main(words: Sequence[str] | None = None) -> None:
    """Install or remove it."""
    parser = argparse.ArgumentParser(description="Start a pipeline when a monitor warns.")
    parser.add_argument("--schedule", required=True, help="monitoring schedule")
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--role", help="ARN of the role that starts the pipeline")
    parser.add_argument("--remove", action="store_true")
    arguments = parser.parse_args(words)
    events, sagemaker = boto3.client("events"), boto3.client("sagemaker")
    if arguments.remove:
        remove_rule(events, arguments.schedule)
        print(f"removed {name_rule(arguments.schedule)}")
        return
    if arguments.role is None:
        parser.error("--role is missing")
    put_rule(events, sagemaker, arguments.schedule, arguments.pipeline, arguments.role)
    print(f"violations found by {arguments.schedule} start {arguments.pipeline}")


def name_rule(schedule: str) -> str:
    """Return the name of the rule of a schedule."""
    return f"retrain-{schedule}"


def put_rule(events: Any, sagemaker: Any, schedule: str, pipeline: str, role: str) -> None:
    """Create or update the rule. Raises ClientError when schedule or pipeline do not exist."""
    monitor = sagemaker.describe_monitoring_schedule(MonitoringScheduleName=schedule)
    described = sagemaker.describe_pipeline(PipelineName=pipeline)
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {
            "MonitoringScheduleArn": [monitor["MonitoringScheduleArn"]],
            "ProcessingJobStatus": ["Completed"],
            "ExitMessage": [{"prefix": "CompletedWithViolations"}],
        },
    }
    target: dict[str, Any] = {"Id": _TARGET, "Arn": described["PipelineArn"], "RoleArn": role}
    given = json.loads(described["PipelineDefinition"]).get("Parameters", ())
    if any(parameter["Name"] == _PARAMETER for parameter in given):
        values = [{"Name": _PARAMETER, "Value": schedule}]
        target["SageMakerPipelineParameters"] = {"PipelineParameterList": values}
    name = name_rule(schedule)
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[target])


def remove_rule(events: Any, schedule: str) -> None:
    """Remove the rule, if there is one."""
    name = name_rule(schedule)
    try:
        events.remove_targets(Rule=name, Ids=[_TARGET])
    except events.exceptions.ResourceNotFoundException:
        return
    events.delete_rule(Name=name)


if __name__ == "__main__":
    main()
