"""The rows of a capture file in the console: `capture/REGION/BUCKET/KEY`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_test.errors import LocalError
from local_test.service.backend import Backend
from local_test.service.resources.page import Rendered, View
from local_test.service.storage.s3 import S3Uri

_MAX_ROWS = 200
_LEAST_PARTS = 3
_SIDES = ("endpointInput", "endpointOutput")


def _answer(
    backend: Backend, parts: Sequence[str], _query: Mapping[str, Sequence[str]]
) -> Rendered | None:
    """Return the page of an object of S3, None when there is none."""
    if len(parts) < _LEAST_PARTS:
        return None
    region, bucket, *key = parts
    uri = S3Uri(bucket, "/".join(key))
    try:
        text = backend.storage(region).read(uri).decode("utf-8", errors="replace")
    except LocalError:
        return None
    lines = text.splitlines()
    rows = [row for line in lines[:_MAX_ROWS] for row in _read_rows(line)]
    values = {"uri": str(uri), "rows": rows[:_MAX_ROWS], "count": len(lines)}
    return Rendered("capture", values | {"is_cut": max(len(lines), len(rows)) > _MAX_ROWS})


def _read_rows(line: str) -> list[dict[str, str]]:
    """Return time, id, input and output of each record of a capture.

    A request whose answer has as many lines is split into its records. The input of what is no
    capture is the line.
    """
    try:
        capture = json.loads(line)
        data, event = capture["captureData"], capture["eventMetadata"]
        sides = [str(data[side]["data"]) if side in data else "" for side in _SIDES]
        identity = event.get("inferenceId") or event["eventId"]
        pairs = [sides]
        records, answers = (side.splitlines() for side in sides)
        if len(records) == len(answers):
            pairs = [list(pair) for pair in zip(records, answers, strict=True)]
        return [_make_row(str(event["inferenceTime"]), str(identity), *pair) for pair in pairs]
    except (ValueError, KeyError, TypeError):
        return [_make_row("", "", line, "")]


def _make_row(time: str, identity: str, sent: str, answered: str) -> dict[str, Any]:
    return {"time": time, "id": identity, "input": sent, "output": answered}


CAPTURE_VIEW = View("capture", Path(__file__).parent, _answer)
