"""The page of a processing job: request and log."""

from pathlib import Path
from typing import Any

from local_test.secret_names import mask_words
from local_test.service.backend import Backend
from local_test.service.resources.container_log import LogPlace
from local_test.service.resources.page import Page
from local_test.service.resources.processing.definitions import (
    list_inputs,
    list_outputs,
    name_source,
    name_target,
)
from local_test.service.resources.processing.job_run import LOG_GROUP
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record


def _fill(_backend: Backend, _region: str, record: Record) -> dict[str, Any]:
    return {"request": _describe_request(record)}


def _describe_request(record: Record) -> list[tuple[str, str]]:
    program = record["AppSpecification"]
    words = [*program.get("ContainerEntrypoint", ()), *program.get("ContainerArguments", ())]
    inputs = [
        (f"input {definition['InputName']}", name_source(definition))
        for definition in list_inputs(record)
    ]
    outputs = [
        (f"output {definition['OutputName']}", name_target(definition))
        for definition in list_outputs(record)
    ]
    return [
        ("image", program["ImageUri"]),
        *(("stand-in", notice) for notice in record.get("ImageNotices") or ()),
        ("command", " ".join(mask_words(words))),
        *inputs,
        *outputs,
    ]


PROCESSING_PAGE = Page(
    PROCESSING_JOB,
    Path(__file__).with_name("processing.html.jinja"),
    _fill,
    find_log=lambda name: LogPlace(LOG_GROUP, f"{name}/"),
)
