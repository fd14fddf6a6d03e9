"""The monitors of version 2 of the SageMaker Python SDK, from a baseline to executions.

    sdk_monitors.py ROLE BUCKET ENDPOINT IMAGE FILE

BUCKET has `data/rows.jsonl` and `config/analysis_config.json`, and the endpoint has captures there.
IMAGE is an image of one's own. FILE gets the result of each function as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagemaker import Session
from sagemaker.model_monitor import (
    CronExpressionGenerator,
    DefaultModelMonitor,
    EndpointInput,
    ModelBiasMonitor,
    ModelExplainabilityMonitor,
    ModelMonitor,
    ModelQualityMonitor,
    MonitoringOutput,
)
from sagemaker.model_monitor.dataset_format import DatasetFormat

role, bucket, endpoint, image, file = sys.argv[1:]
session = Session()
machine: dict[str, Any] = {
    "role": role,
    "instance_count": 1,
    "instance_type": "ml.m5.large",
    "sagemaker_session": session,
}
now: dict[str, str] = {
    "schedule_cron_expression": CronExpressionGenerator.now(),
    "data_analysis_start_time": "-PT1H",
    "data_analysis_end_time": "-PT0H",
}
SETTLED = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}


def settle(monitor: ModelMonitor) -> str:
    """Wait for the end of the last execution, and return its status."""
    while True:
        last = monitor.describe_schedule().get("LastMonitoringExecutionSummary")
        if last and last["MonitoringExecutionStatus"] in SETTLED:
            return str(last["MonitoringExecutionStatus"])
        time.sleep(1)


def watch_data() -> dict[str, Any]:
    """A baseline, a schedule of it, its execution, and all changes of the schedule."""
    monitor = DefaultModelMonitor(**machine)
    monitor.suggest_baseline(
        baseline_dataset=f"{bucket}/data/rows.jsonl",
        dataset_format=DatasetFormat.json(lines=True),
        output_s3_uri=f"{bucket}/baseline",
        wait=True,
        logs=False,
    )
    monitor.create_monitoring_schedule(
        monitor_schedule_name="data",
        endpoint_input=endpoint,
        output_s3_uri=f"{bucket}/reports",
        statistics=monitor.baseline_statistics(),
        constraints=monitor.suggested_constraints(),
        **now,
    )
    status = settle(monitor)
    [execution] = monitor.list_executions()
    seen = {
        "status": status,
        "output": execution.output.destination,
        "statistics": monitor.latest_monitoring_statistics().body_dict,
        "violations": monitor.latest_monitoring_constraint_violations().body_dict,
        "alerts": [one.alert_status for one in monitor.list_monitoring_alerts()[0]],
    }
    attached = DefaultModelMonitor.attach("data", sagemaker_session=session)
    seen["attached"] = type(attached).__name__
    attached.update_monitoring_schedule(schedule_cron_expression=CronExpressionGenerator.daily(7))
    attached.stop_monitoring_schedule()
    seen["stopped"] = attached.describe_schedule()["MonitoringScheduleStatus"]
    attached.start_monitoring_schedule()
    described = attached.describe_schedule()
    config = described["MonitoringScheduleConfig"]["ScheduleConfig"]
    seen["started"] = [described["MonitoringScheduleStatus"], config["ScheduleExpression"]]
    attached.delete_monitoring_schedule()
    return seen


def watch_with_own_image() -> list[str]:
    """A monitor whose schedule has its definition itself."""
    monitor = ModelMonitor(**machine, image_uri=image, env={"COLOUR": "red"})
    monitor.create_monitoring_schedule(
        monitor_schedule_name="own",
        endpoint_input=endpoint,
        output=MonitoringOutput("/opt/ml/processing/output", f"{bucket}/reports"),
        **now,
    )
    status = settle(monitor)
    colour = monitor.latest_monitoring_statistics().body_dict["variables"]["COLOUR"]
    attached = ModelMonitor.attach("own", sagemaker_session=session)
    attached.update_monitoring_schedule(schedule_cron_expression=CronExpressionGenerator.hourly())
    config = attached.describe_schedule()["MonitoringScheduleConfig"]["ScheduleConfig"]
    attached.delete_monitoring_schedule()
    return [status, colour, attached.image_uri, config["ScheduleExpression"]]


def watch_quality() -> list[str]:
    """A monitor of model quality."""
    monitor = ModelQualityMonitor(**machine)
    monitor.create_monitoring_schedule(
        endpoint_input=EndpointInput(
            endpoint, "/opt/ml/processing/input_data", inference_attribute="0"
        ),
        ground_truth_input=f"{bucket}/truth",
        problem_type="Regression",
        output_s3_uri=f"{bucket}/reports",
        constraints=f"{bucket}/baseline/constraints.json",
        monitor_schedule_name="quality",
        **now,
    )
    return finish(monitor)


def watch_bias() -> list[str]:
    """A monitor of bias."""
    monitor = ModelBiasMonitor(**machine)
    monitor.create_monitoring_schedule(
        endpoint_input=EndpointInput(
            endpoint, "/opt/ml/processing/input_data", inference_attribute="0"
        ),
        ground_truth_input=f"{bucket}/truth",
        analysis_config=f"{bucket}/config/analysis_config.json",
        output_s3_uri=f"{bucket}/reports",
        constraints=f"{bucket}/baseline/constraints.json",
        monitor_schedule_name="bias",
        **now,
    )
    return finish(monitor)


def watch_attributions() -> list[str]:
    """A monitor of attributions."""
    monitor = ModelExplainabilityMonitor(**machine)
    monitor.create_monitoring_schedule(
        endpoint_input=EndpointInput(
            endpoint, "/opt/ml/processing/input_data", inference_attribute="0"
        ),
        analysis_config=f"{bucket}/config/analysis_config.json",
        output_s3_uri=f"{bucket}/reports",
        constraints=f"{bucket}/baseline/constraints.json",
        monitor_schedule_name="attributions",
        **now,
    )
    return finish(monitor)


def finish(monitor: ModelMonitor) -> list[str]:
    """Return the status of the execution and the class that attaches to it, and delete it."""
    name, status = str(monitor.monitoring_schedule_name), settle(monitor)
    attached = type(monitor).attach(name, sagemaker_session=session)
    monitor.delete_monitoring_schedule()
    return [status, type(attached).__name__]


functions: tuple[Callable[[], Any], ...] = (
    watch_data,
    watch_with_own_image,
    watch_quality,
    watch_bias,
    watch_attributions,
)
Path(file).write_text(json.dumps({one.__name__: one() for one in functions}))
