"""The data of a monitor: captured requests and predictions, merged with ground truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analyzer.clarify.analyzed_data import AnalyzedData, FileTables, find_column, join_tables
from analyzer.clarify.clarify_job import Attributes, ClarifyJob, Monitor, parse_column
from analyzer.clarify.tabular_files import list_files, make_frame, read_table, stack_tables
from analyzer.configuration.analysis_config import AnalysisConfig
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig
from analyzer.configuration.json_paths import search
from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.captures import Body, Capture
from analyzer.dataset.job_engine import JobEngine
from analyzer.dataset.reading import read_captures
from analyzer.dataset.shares import Share
from analyzer.predictor.predicted_labels import LabelRule
from analyzer.predictor.response_values import find_values
from tandem.errors import BadData

_FILES = {"csv": "text/csv", "parquet": "application/x-parquet"}


@dataclass(frozen=True)
class CapturedRows:
    """The rows of a captured file: features, labels, and a column for each part of a prediction."""

    rows: Sequence[Sequence[Any]]
    truths: Sequence[Any]
    answers: Sequence[Sequence[Any]]


FileRows = dict[tuple[str, ...], CapturedRows]


def read_monitored_data(
    config: AnalysisConfig, monitor: Monitor, engine: JobEngine
) -> AnalyzedData:
    """Read the data of a monitor's window, of which each host reads its share.

    Raises BadData when a part that the methods need was not captured.
    """
    job, attributes = monitor.job, monitor.attributes
    kind = job.dataset_format.kind
    if kind in _FILES:
        tables: FileTables = engine.map_reduce(read_share_of_tables, join_tables)
        frame = stack_tables([tables[parts] for parts in sorted(tables)])
        return _split_columns(config, job, attributes, frame)
    if kind not in {"capture", "merged"}:
        raise InvalidConfig(f"bias and explanations of a data set in {kind} are not monitored")
    files: FileRows = engine.map_reduce(read_share_of_captures, join_captures)
    found = [files[parts] for parts in sorted(files)]
    rows = [row for each in found for row in each.rows]
    if not rows:
        raise BadData("no request was captured in this window")
    columns = make_frame(rows, _name_features(config, len(rows[0])))
    features = columns.drop(columns=_find_excluded(columns, attributes))
    if not config.methods.bias:
        return AnalyzedData(columns, features, None, None)
    truths = [[truth] for each in found for truth in each.truths]
    label = make_frame(truths, [_name_label(config)]).iloc[:, 0]
    answers = [
        [value for part in parts for value in part]
        for parts in zip(*(each.answers for each in found), strict=True)
    ]
    return AnalyzedData(columns, features, label, _predict(config, job, answers, label))


def read_share_of_tables(job: ClarifyJob, share: Share) -> FileTables:
    """Return the tables of a host's share of the files."""
    kind = _get_monitor(job).job.dataset_format.kind
    return {
        path.relative_to(job.source).parts: read_table(
            path, _FILES[kind], job.config.dataset.headers
        )
        for path in share.deal_files(list_files(job.source))
    }


def read_share_of_captures(job: ClarifyJob, share: Share) -> FileRows:
    """Return the rows of a host's share of the captured files.

    Raises BadData when a part that the methods need was not captured.
    """
    attributes, bias = _get_monitor(job).attributes, job.config.methods.bias
    return {
        path.relative_to(job.source).parts: _read_captured_file(path, attributes, bias=bias)
        for path in share.deal_files(list_files(job.source))
    }


def join_captures(one: FileRows, other: FileRows) -> FileRows:
    """Return the rows of two hosts."""
    return one | other


def _get_monitor(job: ClarifyJob) -> Monitor:
    if job.monitor is None:
        raise InvalidConfig(f"{FILE}: the job is no monitor's")
    return job.monitor


def _read_captured_file(path: Path, attributes: Attributes, *, bias: bool) -> CapturedRows:
    rows: list[list[Any]] = []
    truths: list[Any] = []
    places: Sequence[Column | None] = attributes.predictions or [None]
    answers: list[list[Any]] = [[] for _ in places]
    for number, capture in read_captures(path):
        try:
            found = _read_rows(capture, attributes.features)
            rows += found
            if bias:
                truths += _read_truths(capture, len(found))
                for column, place in zip(answers, places, strict=True):
                    column.extend(_read_answers(capture, place, len(found)))
        except BadData as error:
            raise error.add_location(file=path.name, row=number) from None
    return CapturedRows(rows, truths, answers)


def _predict(
    config: AnalysisConfig, job: MonitorJob, answers: Sequence[Sequence[Any]], label: pd.Series
) -> pd.Series:
    threshold = job.probability_threshold
    headers = None if config.predictor is None else config.predictor.label_headers
    rule = LabelRule(headers, config.probability_threshold if threshold is None else threshold)
    return rule.choose_labels(answers, label, config.positive)


def _split_columns(
    config: AnalysisConfig, job: MonitorJob, attributes: Attributes, frame: pd.DataFrame
) -> AnalyzedData:
    """Split the columns of files into features, label and prediction."""
    taken: dict[str, pd.Series] = {}
    if config.methods.bias:
        label = find_column(frame, _name_label(config), "label")
        taken[label] = frame[label]
    answers = [find_column(frame, place, "inference_attribute") for place in attributes.predictions]
    columns = frame.drop(columns=[*taken, *answers])
    features = columns.drop(columns=_find_excluded(columns, attributes))
    if not taken:
        return AnalyzedData(columns, features, None, None)
    (truth,) = taken.values()
    predicted = _predict(config, job, [frame[name].tolist() for name in answers], truth)
    return AnalyzedData(columns, features, truth, predicted)


def _read_rows(capture: Capture, expression: str) -> list[list[Any]]:
    if capture.request is None:
        raise BadData("has no captured request", remedy="Capture Input and Output.")
    if not capture.request.is_json:
        return [line for line in csv.reader(capture.request.data.splitlines()) if line]
    rows: list[list[Any]] = []
    for record in _parse(capture.request):
        found = search(expression, record) if expression else record
        if not isinstance(found, list) or not found:
            raise BadData(
                "has no list of features", remedy="Set FeaturesAttribute to their JMESPath."
            )
        rows += found if all(isinstance(row, list) for row in found) else [found]
    return rows


def _read_truths(capture: Capture, rows: int) -> list[Any]:
    if capture.ground_truth is None:
        raise BadData("has no ground truth", remedy="Upload it with the inference id.")
    if capture.ground_truth.is_json:
        values = [
            truth
            for record in _parse(capture.ground_truth)
            for truth in (record if isinstance(record, list) else [record])
        ]
    else:
        lines = csv.reader(capture.ground_truth.data.splitlines())
        values = [cell for line in lines for cell in line]
    if len(values) != rows:
        raise BadData(f"has ground truth of {len(values)} rows for {rows}")
    return values


def _read_answers(capture: Capture, place: Column | None, rows: int) -> list[Any]:
    if capture.response is None:
        raise BadData("has no captured response", remedy="Capture Input and Output.")
    body = capture.response
    kind = "text/csv"
    if body.is_json:
        kind = "application/jsonlines" if len(_parse(body)) == rows else "application/json"
    return find_values(body.data.encode(), kind, place, rows)


def _parse(body: Body) -> list[Any]:
    """Return the documents of a body: one, or one a line."""
    try:
        return [json.loads(body.data)]
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in body.data.splitlines() if line.strip()]
    except ValueError:
        raise BadData("has a captured body that is no JSON") from None


def _name_features(config: AnalysisConfig, width: int) -> list[str]:
    """Return the headers without the label's."""
    headers = config.dataset.headers
    if headers is None:
        return [f"column_{index}" for index in range(width)]
    names = list(headers)
    if len(names) == width + 1:
        label = _name_label(config)
        names.remove(label if label in names else names[-1])
    if len(names) != width:
        raise InvalidConfig(f"{FILE}: headers has {len(headers)} names for {width} features")
    return names


def _name_label(config: AnalysisConfig) -> str:
    label, headers = config.dataset.label, config.dataset.headers or []
    if isinstance(label, int):
        return headers[label] if label < len(headers) else "label"
    return "label" if label is None else label


def _find_excluded(columns: pd.DataFrame, attributes: Attributes) -> list[str]:
    field = "exclude_features_attribute"
    return [find_column(columns, parse_column(name), field) for name in attributes.excluded]
