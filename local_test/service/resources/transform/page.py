"""The page of a transform job: request and log."""

from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.container_log import LogPlace
from local_test.service.resources.page import Page
from local_test.service.resources.transform.job_run import LOG_GROUP
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record


def _fill(_backend: Backend, region: str, record: Record) -> dict[str, Any]:
    source, target = record["TransformInput"], record["TransformOutput"]
    request = [
        ("input", source["DataSource"]["S3DataSource"]["S3Uri"]),
        ("content type", source.get("ContentType", "")),
        ("output", target["S3OutputPath"]),
        ("accept", target.get("Accept", "")),
    ]
    return {"region": region, "request": [(name, value) for name, value in request if value]}


TRANSFORM_PAGE = Page(
    TRANSFORM_JOB,
    Path(__file__).with_name("transform.html.jinja"),
    _fill,
    find_log=lambda name: LogPlace(LOG_GROUP, f"{name}/"),
)
