"""The data of a monitor: captured requests and predictions, merged with ground truth.

Source: Developer Guide, "Bias drift for models in production" and "Feature attribution drift for
models in production"; the attributes are those of `EndpointInput`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analyzer.clarify.analyzed_data import AnalyzedData, find_column
from analyzer.clarify.tabular_files import list_files, make_frame, read_tables
from analyzer.configuration.analysis_config import AnalysisConfig
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig
from analyzer.configuration.json_paths import search
from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.captures import Body, Capture
from analyzer.dataset.reading import read_captures
from analyzer.predictor.predicted_labels import LabelRule
from analyzer.predictor.response_values import find_values
from tandem.errors import BadData

_FILES = {"csv": "text/csv", "parquet": "application/x-parquet"}


@dataclass(frozen=True)
class Attributes:
    """Where features and predictions are, as the monitor's input says it."""

    features: str
    excluded: Sequence[str]
    predictions: Sequence[Column]


def read_attributes(job: MonitorJob, variables: Mapping[str, str]) -> Attributes:
    """Read the attributes of a job from its environment variables."""
    excluded = variables.get("exclude_features_attribute", "")
    places = (job.inference_attribute, job.probability_attribute)
    return Attributes(
        features=variables.get("features_attribute", ""),
        excluded=[name.strip() for name in excluded.split(",") if name.strip()],
        predictions=[_parse_column(place) for place in places if place],
    )


def complete_predictor(config: PredictorConfig, job: MonitorJob) -> PredictorConfig:
    """Return the predictor with the job's attributes where its own are missing."""
    label, probability = job.inference_attribute, job.probability_attribute
    return replace(
        config,
        label=_parse_column(label) if config.label is None and label else config.label,
        probability=_parse_column(probability)
        if config.probability is None and probability
        else config.probability,
    )


def read_monitored_data(
    config: AnalysisConfig, job: MonitorJob, attributes: Attributes
) -> AnalyzedData:
    """Read the data of a monitor's window.

    Raises BadData when a part that the methods need was not captured.
    """
    kind = job.dataset_format.kind
    if kind in _FILES:
        return _read_files(config, job, attributes)
    if kind not in {"capture", "merged"}:
        raise InvalidConfig(f"bias and explanations of a data set in {kind} are not monitored")
    rows: list[list[Any]] = []
    truths: list[Any] = []
    places: Sequence[Column | None] = attributes.predictions or [None]
    answers: list[list[Any]] = [[] for _ in places]
    for path in list_files(job.dataset_source):
        for number, capture in read_captures(path):
            try:
                found = _read_rows(capture, attributes.features)
                rows += found
                if config.methods.bias:
                    truths += _read_truths(capture, len(found))
                    for column, place in zip(answers, places, strict=True):
                        column.extend(_read_answers(capture, place, len(found)))
            except BadData as error:
                raise error.add_location(file=path.name, row=number) from None
    if not rows:
        raise BadData("no request was captured in this window")
    columns = make_frame(rows, _name_features(config, len(rows[0])))
    features = columns.drop(columns=_find_excluded(columns, attributes))
    if not config.methods.bias:
        return AnalyzedData(columns, features, None, None)
    label = make_frame([[truth] for truth in truths], [_name_label(config)]).iloc[:, 0]
    return AnalyzedData(columns, features, label, _predict(config, job, answers, label))


def _predict(
    config: AnalysisConfig, job: MonitorJob, answers: Sequence[Sequence[Any]], label: pd.Series
) -> pd.Series:
    threshold = job.probability_threshold
    headers = None if config.predictor is None else config.predictor.label_headers
    rule = LabelRule(headers, config.probability_threshold if threshold is None else threshold)
    return rule.choose_labels(answers, label, config.positive)


def _read_files(config: AnalysisConfig, job: MonitorJob, attributes: Attributes) -> AnalyzedData:
    """Read files whose columns are features, label and prediction."""
    dataset_type = _FILES[job.dataset_format.kind]
    frame = read_tables(list_files(job.dataset_source), dataset_type, config.dataset.headers)
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
    return [find_column(columns, _parse_column(name), field) for name in attributes.excluded]


def _parse_column(text: str) -> Column:
    return int(text) if text.isdigit() else text
