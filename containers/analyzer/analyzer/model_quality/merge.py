"""The merge job: ground truth joined to captured predictions.

(Developer Guide, "Ingest Ground Truth labels and merge them with predictions".) The label of an
event is found by its inference ID, without one by its event ID; it may come hours later than the
prediction, and the last one counts. Of several hosts each reads its share of both; the first one
writes what a single host writes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.captures import parse_capture
from analyzer.dataset.job_engine import JobEngine
from analyzer.dataset.reading import read_lines
from analyzer.dataset.shares import Share
from tandem.errors import BadData, Location, UserError
from tandem.io.atomic_write import write_parts_atomic
from tandem.logs import logger

MERGED = "merged.jsonl"
# Captures are text that repeats itself: the lowest level leaves about a tenth.
_LEVEL = 1
# The parts of a file's path, and a row there.
Place = tuple[tuple[str, ...], int]
Labels = dict[str, tuple[Place, dict[str, Any]]]
Event = tuple[str, dict[str, Any]]


@dataclass
class MergedShare:
    """Lines of merged events, compressed, by the parts of a captured file's path; and counts."""

    files: dict[tuple[str, ...], bytes] = field(default_factory=dict)
    merged: int = 0
    without_label: int = 0
    outside: int = 0


def run_merge(job: MonitorJob, engine: JobEngine) -> str:
    """Write the captured events that have a label, each with its label. Return the exit message.

    The rows of a batch transform's CSV end in the inference ID and the time. Raises UserError when
    no event has a label, BadData for a damaged file.
    """
    found: Labels = engine.map_reduce(read_labels, join_labels)
    labels = {identifier: label for identifier, (_, label) in found.items()}
    share: MergedShare = engine.map_reduce(merge_share, join_merged, labels)
    if not share.merged:
        raise _make_error(share, len(labels))
    job.output_path.mkdir(parents=True, exist_ok=True)
    write_parts_atomic(
        job.output_path / MERGED,
        (zlib.decompress(share.files[parts]) for parts in sorted(share.files)),
    )
    sentence = f"{share.merged} events merged, {share.without_label} without ground truth"
    if share.outside:
        sentence += f", {share.outside} outside the time window"
    logger.info("%s", sentence)
    return f"Completed: {sentence}."


def read_labels(job: MonitorJob, share: Share) -> Labels:
    """Return the last label of each identifier in a host's share of the ground truth.

    Raises UserError when the job has none, BadData for a damaged file.
    """
    source = job.ground_truth_source
    if source is None:
        raise UserError("environment variable ground_truth_source is missing")
    return {
        identifier: ((path.relative_to(source).parts, row), label)
        for path in share.list_files(source)
        for row, identifier, label in _read_labels(path)
    }


def join_labels(one: Labels, other: Labels) -> Labels:
    """Return the labels of two hosts; of an identifier the one that stands later."""
    joined = dict(one)
    for identifier, found in other.items():
        if identifier not in joined or joined[identifier][0] < found[0]:
            joined[identifier] = found
    return joined


def merge_share(
    job: MonitorJob, share: Share, labels: Mapping[str, Mapping[str, Any]]
) -> MergedShare:
    """Merge a host's share of the captured files with the labels of all hosts.

    Raises BadData for a damaged file.
    """
    found = MergedShare()
    for path in share.list_files(job.dataset_source):
        is_csv = job.dataset_format.kind == "csv"
        events = _read_rows(path, job) if is_csv else _read_events(path, job, found)
        lines = _compress(_merge(events, labels, found))
        found.files[path.relative_to(job.dataset_source).parts] = lines
    return found


def join_merged(one: MergedShare, other: MergedShare) -> MergedShare:
    """Return the merged events of two hosts."""
    return MergedShare(
        one.files | other.files,
        one.merged + other.merged,
        one.without_label + other.without_label,
        one.outside + other.outside,
    )


def _make_error(share: MergedShare, labels: int) -> UserError:
    if not share.without_label:
        place = "in the time window" if share.outside else "in the data set"
        return UserError(f"no event was captured {place}", remedy="Send the endpoint requests")
    return UserError(
        f"no ground truth for the {share.without_label} captured events: none of "
        f"{labels} labels has their inference ID or event ID",
        remedy="Upload labels under the IDs of the captured data",
    )


def _merge(
    events: Iterable[Event], labels: Mapping[str, Mapping[str, Any]], tally: MergedShare
) -> Iterator[bytes]:
    for identifier, event in events:
        label = labels.get(identifier)
        if label is None:
            tally.without_label += 1
            continue
        tally.merged += 1
        line = json.dumps({**event, "groundTruthData": label}, ensure_ascii=False) + "\n"
        yield line.encode()


def _compress(lines: Iterable[bytes]) -> bytes:
    compressor = zlib.compressobj(_LEVEL)
    parts = [compressor.compress(line) for line in lines]
    return b"".join([*parts, compressor.flush()])


def _read_labels(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield the row, the identifier and the label of each line."""
    for row, content in read_lines(path):
        try:
            label = content["groundTruthData"]
            identifier = str(content["eventMetadata"]["eventId"])
            label["data"]
        except (KeyError, TypeError) as error:
            raise BadData(
                "is no ground truth",
                where=Location(file=path.name, row=row),
                remedy="A line has groundTruthData.data and eventMetadata.eventId",
            ) from error
        yield row, identifier, label


def _read_events(path: Path, job: MonitorJob, tally: MergedShare) -> Iterator[Event]:
    for row, content in read_lines(path):
        try:
            capture = parse_capture(content)
        except BadData as error:
            raise error.add_location(file=path.name, row=row) from None
        if not job.contains(str(capture.event.get("inferenceTime") or "")):
            tally.outside += 1
            continue
        yield str(capture.event.get("inferenceId") or capture.event.get("eventId")), content


def _read_rows(path: Path, job: MonitorJob) -> Iterator[Event]:
    """Yield the rows of a CSV file as events whose output is the row."""
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
