"""Data capture of transform jobs: which objects were read and written, and ids of inferences.

Source: Developer Guide, 'Capture data from batch transform job': one manifest of the input and one
of the output a job, in `input/` and `output/` below the destination, by hour.
"""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import now
from local_test.service.events.event import format_time
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri

CAPTURE = "DataCaptureConfig"
_FOLDER = "%Y/%m/%d/%H"


def check_capture(storage: S3Storage, request: Mapping[str, Any]) -> None:
    """Check the capture of a request, if it has one.

    Raises ApiError when ids cannot be appended to its output, and UserError when there is no
    bucket.
    """
    config = request.get(CAPTURE)
    if config is None:
        return
    storage.require_bucket(parse_uri(config["DestinationS3Uri"]).bucket)
    output = request["TransformOutput"]
    by_line = output.get("AssembleWith", "None") == "Line"
    if config.get("GenerateInferenceId") and not (by_line and _find_form(output) in _FORMS):
        raise invalid(
            "GenerateInferenceId: the output of the job has no lines to append an id to. Let it"
            f" AssembleWith Line, and Accept {' or '.join(_FORMS)}."
        )


def append_ids(request: Mapping[str, Any], outputs: Sequence[Path]) -> None:
    """Append an inference id and the time to each line of the outputs, if the capture says so."""
    if not request.get(CAPTURE, {}).get("GenerateInferenceId"):
        return
    append = _FORMS[_find_form(request["TransformOutput"])]
    time = format_time(now())
    for path in outputs:
        lines = path.read_text(encoding="utf-8").splitlines()
        text = "".join(f"{append(line, str(uuid.uuid4()), time)}\n" for line in lines)
        path.write_text(text, encoding="utf-8")


def write_capture(
    storage: S3Storage, config: Mapping[str, Any], read: Sequence[S3Uri], written: Sequence[S3Uri]
) -> None:
    """Write the manifests of the objects that a job has read and written."""
    hour = datetime.fromtimestamp(now(), UTC).strftime(_FOLDER)
    destination = parse_uri(config["DestinationS3Uri"])
    for side, objects in (("input", read), ("output", written)):
        if objects:
            manifest = json.dumps(_build_manifest(objects)).encode()
            uri = destination.join(side, hour, f"{uuid.uuid4()}.json")
            storage.write(manifest, uri, "application/json")


def _build_manifest(objects: Sequence[S3Uri]) -> list[Any]:
    """Return a manifest of objects of one bucket: their folder, and their names below it."""
    keys = [uri.key for uri in objects]
    folders = [key.split("/")[:-1] for key in keys]
    common = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    folder = "".join(f"{part}/" for part in common)
    prefix = f"s3://{objects[0].bucket}/{folder}"
    return [{"prefix": prefix}, *(key.removeprefix(folder) for key in keys)]


def _find_form(output: Mapping[str, Any]) -> str:
    return str(output.get("Accept", "text/csv")).partition(";")[0].strip().lower()


def _append_to_csv(line: str, identity: str, time: str) -> str:
    return f"{line},{identity},{time}"


def _append_to_json(line: str, identity: str, time: str) -> str:
    added = {"SageMakerInferenceId": identity, "SageMakerInferenceTime": time}
    content = json.loads(line)
    whole = content if isinstance(content, dict) else {"SageMakerOutput": content}
    return json.dumps(whole | added)


_FORMS: Mapping[str, Callable[[str, str, str], str]] = {
    "text/csv": _append_to_csv,
    "application/jsonlines": _append_to_json,
}
