"""The page of a training job: status transitions, metrics, request and log."""

from pathlib import Path
from typing import Any

from local_test.secret_names import mask_values
from local_test.service.backend import Backend
from local_test.service.resources.container_log import LogPlace
from local_test.service.resources.page import Page
from local_test.service.resources.training.metric_watch import LOG_GROUP
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.storage.records import Record


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    name = record[TRAINING_JOB.name_field]
    metrics = backend.live_metrics.get(TRAINING_JOB.work_key(region, name))
    return {
        "parameters": mask_values(record.get("HyperParameters") or {}),
        "steps": record["SecondaryStatusTransitions"],
        "metrics": dict(metrics) if metrics is not None else record.get("MetricSeries", {}),
    }


TRAINING_PAGE = Page(
    TRAINING_JOB,
    Path(__file__).with_name("training.html.jinja"),
    _fill,
    find_log=lambda name: LogPlace(LOG_GROUP, f"{name}/"),
)
