"""The merge job: ground truth joined to captured predictions.

(Developer Guide, "Ingest Ground Truth labels and merge them with predictions".) The label of an
event is found by its inference ID, without one by its event ID; it may come hours later than the
prediction, and the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.captures import parse_capture
from analyzer.dataset.reading import read_lines
from analyzer.dataset.shares import WHOLE
from tandem.errors import BadData, Location, UserError
from tandem.logs import logger

MERGED = "merged.jsonl"


@dataclass
class _Tally:
    merged: int = 0
    without_label: int = 0
    outside: int = 0


def run_merge(job: MonitorJob) -> str:
    """Write the captured events that have a label, each with its label. Return the exit message.

    The rows of a batch transform's CSV end in the inference ID and the time. Raises UserError when
    no event has a label, BadData for a damaged file.
    """
    if job.ground_truth_source is None:
        raise UserError("environment variable ground_truth_source is missing")
    labels = dict(_read_labels(job.ground_truth_source))
    tally = _Tally()
    events = _read_rows(job) if job.dataset_format.kind == "csv" else _read_events(job, tally)
    job.output_path.mkdir(parents=True, exist_ok=True)
    path = job.output_path / MERGED
    with path.open("w", encoding="utf-8") as file:
        for identifier, event in events:
            label = labels.get(identifier)
            if label is None:
                tally.without_label += 1
                continue
            tally.merged += 1
            file.write(json.dumps({**event, "groundTruthData": label}, ensure_ascii=False) + "\n")
    if not tally.merged:
        path.unlink()
        raise UserError(
            f"no ground truth for the {tally.without_label} captured events: none of "
            f"{len(labels)} labels has their inference ID or event ID",
            remedy="Upload labels under the IDs of the captured data",
        )
    sentence = f"{tally.merged} events merged, {tally.without_label} without ground truth"
    if tally.outside:
        sentence += f", {tally.outside} outside the time window"
    logger.info("%s", sentence)
    return f"Completed: {sentence}."


def _read_labels(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WHOLE.list_files(source):
        for row, content in read_lines(path):
            where = Location(file=path.name, row=row)
            try:
                label = content["groundTruthData"]
                identifier = str(content["eventMetadata"]["eventId"])
                label["data"]
            except (KeyError, TypeError) as error:
                raise BadData(
                    "is no ground truth",
                    where=where,
                    remedy="A line has groundTruthData.data and eventMetadata.eventId",
                ) from error
            yield identifier, label


def _read_events(job: MonitorJob, tally: _Tally) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WHOLE.list_files(job.dataset_source):
        for row, content in read_lines(path):
            try:
                capture = parse_capture(content)
            except BadData as error:
                raise error.add_location(file=path.name, row=row) from None
            if not job.contains(str(capture.event.get("inferenceTime") or "")):
                tally.outside += 1
                continue
            yield str(capture.event.get("inferenceId") or capture.event.get("eventId")), content


def _read_rows(job: MonitorJob) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of CSV files as events whose output is the row."""
    for path in WHOLE.list_files(job.dataset_source):
        for line in path.read_text(encoding="utf-8").splitlines()[int(job.dataset_format.header) :]:
            if not line.strip():
                continue
            cells = line.rsplit(",", 2)
            if len(cells) != 3:
                raise BadData(
                    "has rows without an inference ID",
                    where=Location(file=path.name),
                    remedy="Switch GenerateInferenceId on in the transform job's DataCaptureConfig",
                )
            data, identifier, time = cells
            body = {"observedContentType": "text/csv", "data": data, "encoding": "CSV"}
            yield (
                identifier,
                {
                    "captureData": {"batchTransformOutput": body},
                    "eventMetadata": {"inferenceId": identifier, "inferenceTime": time},
                    "eventVersion": "0",
                },
            )
