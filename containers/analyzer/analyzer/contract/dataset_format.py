"""The environment variable `dataset_format`: how the files of the data set are read.

Baselines and schedules spell it differently (SageMaker Python SDK, `DatasetFormat` and
`MonitoringDatasetFormat`): {"csv": {"header": true}}, {"Csv": {"Header": true}},
{"json": {"lines": true}}, {"Json": {"Line": true}}, {"sagemakerCaptureJson": {}}, {"Parquet": {}}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tandem.errors import UserError, join_words


@dataclass(frozen=True)
class DatasetFormat:
    """`kind` is csv, json, capture, merged or parquet; `lines` is for json, the others for csv."""

    kind: str
    header: bool = True
    output_at_end: bool = False
    lines: bool = True


def parse_dataset_format(text: str) -> DatasetFormat:
    """Parse the variable; "" is captured data. Raises UserError when it names no format."""
    if not text:
        return DatasetFormat("capture")
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = text
    if isinstance(content, str):
        content = {content: {}}
    if not isinstance(content, dict) or len(content) != 1:
        raise _refuse(text)
    ((name, options),) = content.items()
    make = _KINDS.get(name.lower())
    if make is None or not isinstance(options, dict | None):
        raise _refuse(text)
    return make({key.lower(): value for key, value in (options or {}).items()})


def _make_csv(options: Mapping[str, Any]) -> DatasetFormat:
    position = options.get("output_columns_position", "START")
    return DatasetFormat(
        "csv", header=_is_true(options.get("header", False)), output_at_end=position == "END"
    )


def _make_json(options: Mapping[str, Any]) -> DatasetFormat:
    return DatasetFormat("json", lines=_is_true(options.get("lines", options.get("line", True))))


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], DatasetFormat]] = {
    "csv": _make_csv,
    "json": _make_json,
    "sagemakercapturejson": lambda _: DatasetFormat("capture"),
    "sagemakermergejson": lambda _: DatasetFormat("merged"),
    "parquet": lambda _: DatasetFormat("parquet"),
}


def _refuse(text: str) -> UserError:
    examples = ('{"csv": {"header": true}}', '{"json": {"lines": true}}')
    others = ('{"sagemakerCaptureJson": {}}', '{"parquet": {}}')
    return UserError(
        f"environment variable dataset_format names no format: {text[:100]}",
        remedy=f"It is one of {join_words([*examples, *others], 'or')}",
    )
