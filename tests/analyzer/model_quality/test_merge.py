"""Ground truth is merged with captured data by inference ID or event ID."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.contract.monitor_job import MonitorJob
from analyzer.dataset.job_engine import OneHost
from analyzer.model_quality.analysis import run_analysis
from analyzer.model_quality.merge import run_merge
from tandem.errors import BadData, UserError
from tests.analyzer.jobs import CAPTURE, Place

LABELS = "/opt/ml/processing/groundtruth"


def capture(event: str, score: str, inference: str | None = None, hour: int = 12) -> str:
    body = {"observedContentType": "text/csv", "data": f"{score}\n", "encoding": "CSV"}
    metadata = {"eventId": event, "inferenceTime": f"2026-01-31T{hour}:30:00Z"}
    metadata |= {"inferenceId": inference} if inference else {}
    content = {"captureData": {"endpointOutput": body}, "eventMetadata": metadata}
    return json.dumps(content | {"eventVersion": "0"}) + "\n"


def label(event: str, data: str) -> str:
    truth = {"data": data, "encoding": "CSV"}
    content = {"groundTruthData": truth, "eventMetadata": {"eventId": event}, "eventVersion": "0"}
    return json.dumps(content) + "\n"


def write_labels(place: Place, name: str, text: str) -> None:
    path = place.root / "processing/groundtruth" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make(place: Place, form: str = CAPTURE, **more: str) -> MonitorJob:
    return place.make_job(form, {"ground_truth_source": LABELS, **more})


def merge(job: MonitorJob) -> str:
    return run_merge(job, OneHost(job))


def read_merged(place: Place) -> list[Any]:
    return [json.loads(line) for line in (place.output / "merged.jsonl").read_text().splitlines()]


def test_a_label_of_a_later_hour_meets_its_prediction(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("10/a.jsonl", capture("e1", "0.9", "mine") + capture("e2", "0.2"))
    place.write("11/b.jsonl", capture("e3", "0.7") + capture("e4", "0.1", hour=14))
    write_labels(place, "12/x.jsonl", label("mine", "1") + label("e2", "1"))
    write_labels(place, "13/x.jsonl", label("e2", "0") + label("e1", "0") + label("e4", "0"))
    message = merge(make(place, end_time="2026-01-31T14:00:00Z"))
    assert message == (
        "Completed: 2 events merged, 1 without ground truth, 1 outside the time window."
    )
    merged = read_merged(place)
    # The inference ID goes before the event ID, and the last label counts.
    assert [(m["eventMetadata"]["eventId"], m["groundTruthData"]["data"]) for m in merged] == [
        ("e1", "1"),
        ("e2", "0"),
    ]
    assert merged[0]["captureData"]["endpointOutput"]["data"] == "0.9\n"


def test_merged_data_is_what_model_quality_reads(tmp_path: Path) -> None:
    first = Place(tmp_path / "merge")
    scores = ["0.9", "0.2", "0.7", "0.1"]
    first.write("a.jsonl", "".join(capture(f"e{i}", score) for i, score in enumerate(scores)))
    truth = "".join(label(f"e{i}", data) for i, data in enumerate("1010"))
    write_labels(first, "a.jsonl", truth.replace('"data": "0"', '"data": "1"', 1))
    merge(make(first))
    second = Place(tmp_path / "job")
    second.write("a.jsonl", (first.output / "merged.jsonl").read_text())
    more = {"problem_type": "BinaryClassification", "probability_attribute": "0"}
    more |= {"analysis_type": "MODEL_QUALITY"}
    job = second.make_job('{"sagemakerMergeJson": {}}', more)
    run_analysis(job, OneHost(job))
    found = second.read("statistics.json")["binary_classification_metrics"]
    assert found["confusion_matrix"] == {"0": {"0": 1, "1": 0}, "1": {"0": 1, "1": 2}}


def test_rows_of_a_batch_transform_end_in_their_id_and_time(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.out", "7,8,0.75,id-1,2026-01-31T12:00:00Z\n7,8,0.25,id-2,2026-01-31T12:00:00Z\n")
    write_labels(place, "a.jsonl", label("id-2", "1"))
    merge(make(place, '{"csv": {"header": false}}'))
    (event,) = read_merged(place)
    assert event["captureData"]["batchTransformOutput"]["data"] == "7,8,0.25"
    assert event["groundTruthData"]["data"] == "1"


def test_no_label_for_any_event_is_an_error(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.jsonl", capture("e1", "0.9"))
    write_labels(place, "a.jsonl", label("other", "1"))
    with pytest.raises(UserError, match="no ground truth for the 1 captured events"):
        merge(make(place))
    assert not (place.output / "merged.jsonl").exists()


def test_a_line_that_is_no_ground_truth_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.jsonl", capture("e1", "0.9"))
    write_labels(place, "a.jsonl", label("e1", "1") + '{"label": 1}\n')
    with pytest.raises(BadData, match=r"a.jsonl, row 2: is no ground truth"):
        merge(make(place))
