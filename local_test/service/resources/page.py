"""The page of a resource in the web console."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

_MAX_LINES = 200


@dataclass(frozen=True)
class Form:
    """A form on a page: its fields with their defaults, and what is done with it.

    With a `prefix`, fields are also those whose names begin with it. `send` is called with the
    region, the resource's name and the fields; it returns whether it succeeded, and what the
    template shows of that, mostly a text.
    """

    fields: Mapping[str, str]
    send: Callable[[Backend, str, str, Mapping[str, str]], tuple[bool, Any]]
    prefix: str | None = None


@dataclass(frozen=True)
class Page:
    """The page of a resource type: a Jinja template in the resource's folder and its values.

    `fill` returns the template's values for a region and a record. All templates also have
    `record`, `arguments` (of the address), `nonce` (of the scripts that they load) and `is_live`,
    and those with a form `asked` (its fields), `token` and `said` (what `send` returned). A page
    follows its record while that runs, and one with `is_live` always.
    """

    resource: ResourceType
    template: Path
    fill: Callable[[Backend, str, Record], Mapping[str, Any]]
    form: Form | None = None
    is_live: bool = False


@dataclass(frozen=True)
class Rendered:
    """A template of a view's folder and its values; with `is_live` the page follows all records."""

    template: str
    values: Mapping[str, Any]
    is_live: bool = False


@dataclass(frozen=True)
class Download:
    """A file that the browser saves."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True)
class View:
    """Pages below a path of the console that show many records together.

    `answer` is called with the parts of the path below `path`, and the query's values by name; it
    returns None where there is no page. `templates` is the folder of its templates.
    """

    path: str
    templates: Path
    answer: Callable[
        [Backend, Sequence[str], Mapping[str, Sequence[str]]], Rendered | Download | None
    ]


def read_log(backend: Backend, region: str, group: str, name: str) -> list[str]:
    """Return the last log lines of a job's containers."""
    client = backend.aws.client("logs", region)
    lines: list[str] = []
    try:
        streams = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    except ClientError:  # nothing was written yet
        return lines
    for stream in streams["logStreams"]:
        events = client.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=_MAX_LINES
        )
        lines += [event["message"] for event in events["events"]]
    return lines[-_MAX_LINES:]
