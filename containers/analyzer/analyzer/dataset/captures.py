"""Captured data: one request and its response a line, which hold one or more rows.

(Developer Guide, "Capture data from real-time endpoint".) The cells of the response stand before
those of the request, as `output_columns_position` has them by default.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from analyzer.dataset.cells import flatten
from analyzer.dataset.chunks import name_position
from tandem.errors import BadData

_BODIES = ("endpointInput", "endpointOutput", "batchTransformInput", "batchTransformOutput")


@dataclass(frozen=True)
class Body:
    """The captured body of a request or of a response, decoded to text."""

    data: str
    encoding: str
    content_type: str = ""

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.encoding == "JSON" or "json" in self.content_type

    def parse_rows(self) -> list[dict[str, str]]:
        """Return the rows as cells by name. Raises BadData when the body is no JSON."""
        if not self.is_json:
            rows = csv.reader(io.StringIO(self.data))
            return [
                {name_position(index): cell.strip() for index, cell in enumerate(row)}
                for row in rows
                if row
            ]
        try:
            values = [json.loads(self.data)]
        except json.JSONDecodeError:
            values = [_load(line) for line in self.data.splitlines() if line.strip()]
        return [flatten(row) for value in values for row in _list_records(value)]


@dataclass(frozen=True)
class Capture:
    """A request and its response; a part that was not captured is None."""

    request: Body | None
    response: Body | None
    event: Mapping[str, Any]
    ground_truth: Body | None = None

    def parse_rows(self) -> list[dict[str, str]]:
        """Return the rows, cells of the response first.

        Raises BadData when request and response have different numbers of rows.
        """
        answers = [] if self.response is None else self.response.parse_rows()
        asked = [] if self.request is None else self.request.parse_rows()
        if self.request is None or self.response is None:
            return answers or asked
        if len(answers) != len(asked):
            raise BadData(
                f"the captured request has {len(asked)} rows and its response {len(answers)}",
                remedy="Give a record_preprocessor_script that makes rows of them",
            )
        return [_join(answer, row) for answer, row in zip(answers, asked, strict=True)]

    @property
    def positional(self) -> bool:
        """Whether the cells have places and no names."""
        bodies = [body for body in (self.request, self.response) if body is not None]
        return any(not body.is_json for body in bodies)

    def to_record(self) -> SimpleNamespace:
        """Return the record that a `preprocess_handler` is given."""

        def wrap(body: Body | None) -> SimpleNamespace | None:
            if body is None:
                return None
            kind = {"observed_content_type": body.content_type, "encoding": body.encoding}
            return SimpleNamespace(data=body.data, **kind)

        metadata = SimpleNamespace(
            event_id=self.event.get("eventId"),
            inference_id=self.event.get("inferenceId"),
            inference_time=self.event.get("inferenceTime"),
            custom_attribute=self.event.get("customAttributes"),
        )
        return SimpleNamespace(
            endpoint_input=wrap(self.request),
            endpoint_output=wrap(self.response),
            event_metadata=metadata,
            ground_truth=wrap(self.ground_truth),
        )


def parse_capture(content: Any) -> Capture:
    """Return the capture of a parsed line. Raises BadData when it is none."""
    data = content.get("captureData") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise BadData("is no captured data", remedy="A line has the field captureData")
    bodies = {name: decode_body(data.get(name)) for name in _BODIES}
    return Capture(
        bodies["endpointInput"] or bodies["batchTransformInput"],
        bodies["endpointOutput"] or bodies["batchTransformOutput"],
        content.get("eventMetadata") or {},
        decode_body(content.get("groundTruthData")),
    )


def decode_body(content: Any) -> Body | None:
    """Return a captured body as text, None without one. Raises BadData for damaged Base64."""
    if not isinstance(content, dict) or "data" not in content:
        return None
    encoding = str(content.get("encoding", "CSV")).upper()
    kind = str(content.get("observedContentType") or "")
    data = str(content["data"])
    if encoding == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadData(
                f"the captured body of {kind or 'an unknown type'} is no text",
                remedy="Name text/csv and application/json in CaptureContentTypeHeader",
            ) from error
        encoding = "JSON" if "json" in kind or data.lstrip()[:1] in {"{", "["} else "CSV"
    return Body(data, encoding, kind)


def _load(line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise BadData("the captured body is no JSON") from error


def _list_records(value: Any) -> Iterator[Any]:
    """Yield the records of a body: a list of them, alone or as the only field of an object."""
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        if isinstance(inner, list) and all(isinstance(each, dict | list) for each in inner):
            yield from inner
            return
    if isinstance(value, list) and value and all(isinstance(each, dict | list) for each in value):
        yield from value
        return
    yield value


def _join(answer: dict[str, str], row: dict[str, str]) -> dict[str, str]:
    positional = all(name == name_position(index) for index, name in enumerate(row))
    if positional:
        cells = [*answer.values(), *row.values()]
        return {name_position(index): cell for index, cell in enumerate(cells)}
    named = {f"endpointOutput.{name}" if name in row else name: c for name, c in answer.items()}
    return {**named, **row}
