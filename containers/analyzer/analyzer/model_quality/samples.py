"""Predictions and labels of a data set, as the job's attributes locate them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyzer.contract.dataset_format import DatasetFormat
from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.captures import Capture
from analyzer.dataset.cells import flatten
from analyzer.dataset.chunks import name_position
from analyzer.dataset.reading import read_captures, read_json_values
from analyzer.dataset.scripts import RecordHandler
from analyzer.dataset.shares import Share
from tandem.errors import BadData, UserError, did_you_mean

THRESHOLD = 0.5
_LABEL = "groundTruthData"


@dataclass(frozen=True)
class Samples:
    """Labels and predictions as texts, shape (rows,); `scores` are probabilities, float64."""

    labels: NDArray[np.str_]
    predictions: NDArray[np.str_]
    scores: NDArray[np.float64] | None = None

    def take(self, rows: NDArray[np.int64]) -> Samples:
        """Return the samples of some rows."""
        scores = None if self.scores is None else self.scores[rows]
        return Samples(self.labels[rows], self.predictions[rows], scores)


FileSamples = dict[tuple[str, ...], Samples]


def read_samples(job: MonitorJob, share: Share) -> FileSamples:
    """Read the rows of a host's share of the files; the keys are the parts of a file's path.

    A probability of at least the threshold (0.5 by default) predicts 1. Raises UserError when an
    attribute is missing or names no column, BadData when a cell is no number.
    """
    if not job.inference_attribute and not job.probability_attribute:
        raise UserError(
            "neither inference_attribute nor probability_attribute is given",
            remedy="Name the column of the predictions",
        )
    source = job.dataset_source
    handler = RecordHandler(job.preprocessor_script) if job.preprocessor_script else None
    read = {
        path.relative_to(source).parts: _read_file(job, path, handler)
        for path in share.list_files(source)
    }
    return {parts: samples for parts, samples in read.items() if len(samples.labels)}


def join_samples(one: FileSamples, other: FileSamples) -> FileSamples:
    """Return the samples of two hosts."""
    return one | other


def stack_samples(files: FileSamples) -> Samples:
    """Return the samples of all files in their order. Raises UserError when there are none."""
    if not files:
        raise UserError("the data set has no rows", remedy="Give it data")
    parts = [files[path] for path in sorted(files)]
    scores = [part.scores for part in parts if part.scores is not None]
    return Samples(
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.predictions for part in parts]),
        np.concatenate(scores) if scores else None,
    )


def _read_file(job: MonitorJob, path: Path, handler: RecordHandler | None) -> Samples:
    labels, predictions, scores = [], [], []
    threshold = THRESHOLD if job.probability_threshold is None else job.probability_threshold
    for number, row in enumerate(_read_rows(job.dataset_format, path, handler), start=1):
        label = _find(row, job.ground_truth_attribute or _LABEL, "ground_truth_attribute")
        score = None
        if job.probability_attribute:
            text = _find(row, job.probability_attribute, "probability_attribute")
            score = _read_number(text, number)
            scores.append(score)
        if job.inference_attribute:
            predictions.append(_find(row, job.inference_attribute, "inference_attribute"))
        elif score is not None:
            predictions.append("1" if score >= threshold else "0")
        labels.append(label)
    return Samples(np.array(labels), np.array(predictions), np.array(scores) if scores else None)


def _read_rows(
    form: DatasetFormat, path: Path, handler: RecordHandler | None
) -> Iterator[Mapping[str, str]]:
    if form.kind == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            first = next(rows, []) if form.header else []
            for row in rows:
                names = first or [name_position(index) for index in range(len(row))]
                if row:
                    yield dict(zip(names, row, strict=False))
    elif form.kind in {"capture", "merged"}:
        for _, capture in read_captures(path):
            yield from _list_merged_rows(capture, handler)
    elif form.kind == "json":
        yield from map(flatten, read_json_values(path, lines=form.lines))
    else:
        raise UserError(
            f"model quality of {form.kind} is not read",
            remedy="Give CSV, JSON lines, or captured data merged with ground truth",
        )


def _list_merged_rows(capture: Capture, handler: RecordHandler | None) -> Iterator[dict[str, str]]:
    """Yield the rows of the response, or those of a script, each with its label."""
    if capture.ground_truth is None:
        raise UserError(
            "captured data without groundTruthData", remedy="Merge the ground truth first"
        )
    if handler is not None:
        rows = handler.make_rows(capture)
    else:
        body = capture.response or capture.request
        rows = [] if body is None else body.parse_rows()
    labels = next(csv.reader(io.StringIO(capture.ground_truth.data)), [])
    if len(labels) != len(rows):
        raise BadData(f"an event has {len(rows)} predictions and {len(labels)} labels")
    for row, label in zip(rows, labels, strict=True):
        yield {**row, _LABEL: label}


def _find(row: Mapping[str, str], attribute: str, variable: str) -> str:
    """Return a cell by the name or the 0-based place of its column."""
    if attribute in row:
        return row[attribute].strip()
    if attribute.isdigit() and int(attribute) < len(row):
        return list(row.values())[int(attribute)].strip()
    raise UserError(
        f"{variable} {attribute!r} names no column",
        remedy=did_you_mean(attribute, row) or "Give the name or the 0-based place of a column",
    )


def _read_number(text: str, row: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadData(f"the probability of row {row} is no number") from error
