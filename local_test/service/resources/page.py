"""The page of a resource in the web console."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.container_log import LogPlace
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class Form:
    """A form on a page: its fields with their defaults, and what is done with it.

    With a `prefix`, fields are also those whose names begin with it. `send` is called with the
    region, the resource's name and the fields; it returns whether it succeeded, and what the
    template shows of that, mostly a text. `list_inputs` returns what the template has in `inputs`
    for the fields of the prefix, for a region and a record.
    """

    fields: Mapping[str, str]
    send: Callable[[Backend, str, str, Mapping[str, str]], tuple[bool, Any]]
    prefix: str | None = None
    list_inputs: Callable[[Backend, str, Record], Sequence[Any]] | None = None


@dataclass(frozen=True)
class Page:
    """The page of a resource type: a Jinja template in the resource's folder and its values.

    `fill` returns the template's values for a region and a record. All templates also have
    `record`, `arguments` (of the address), `nonce` (of the scripts that they load) and `is_live`,
    and those with a form `asked` (its fields), `token` and `said` (what `send` returned). A page
    follows its record while that runs, and one with `is_live` always. With `find_log`, which gets
    the resource's name, the template can include `log.html.jinja`.
    """

    resource: ResourceType
    template: Path
    fill: Callable[[Backend, str, Record], Mapping[str, Any]]
    form: Form | None = None
    is_live: bool = False
    find_log: Callable[[str], LogPlace] | None = None


@dataclass(frozen=True)
class Rendered:
    """A template of a view's folder and its values; with `is_live` the page follows all records.

    `pace` are the seconds after which it is rendered again even if no record changed, 0 for never.
    """

    template: str
    values: Mapping[str, Any]
    is_live: bool = False
    pace: float = 0.0


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
