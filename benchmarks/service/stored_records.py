"""Start, change and list records of one store: `python -m benchmarks.service.stored_records`.

It prints one line of JSON. With `fill` it makes the records instead.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.baselines.file_records import FileRecords
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Records
from local_test.service.storage.state.saver import Saver

COUNT = 10_000
_REGION = "eu-central-1"
_JOB = ResourceType("TrainingJob", "training-job", "TrainingJobSummaries", "training job")
_UPDATES = 500


def make_record(number: int) -> dict[str, Any]:
    """Return the record of a finished training job with two metrics of 100 rounds."""
    name = f"job-{number:05d}"
    series = {
        metric: [[1.79e9 + number + second, 1.0 / (second + 1)] for second in range(100)]
        for metric in ("train:rmse", "validation:rmse")
    }
    return {
        "TrainingJobName": name,
        "TrainingJobArn": _JOB.make_arn(_REGION, name),
        "TrainingJobStatus": "Completed",
        "CreationTime": 1.79e9 + number,
        "LastModifiedTime": 1.79e9 + number,
        "HyperParameters": {f"parameter_{index}": str(number * index) for index in range(20)},
        "MetricSeries": series,
    }


class Files:
    """The store of version 0.1.0."""

    def __init__(self, folder: Path) -> None:
        self.records = FileRecords(folder / "sagemaker")

    def add(self, name: str, record: dict[str, Any]) -> None:
        self.records.add(_JOB.kind, _REGION, name, record)

    def update(self, name: str, **changes: Any) -> None:
        self.records.update(_JOB.kind, _REGION, name, **changes)

    def list_page(self) -> int:
        return len(self.records.list_page(_JOB.kind, _REGION, 10))

    def find_arn(self, arn: str) -> None:
        self.records.find_arn(_JOB.kind, _REGION, arn)


class Store:
    """The present store."""

    def __init__(self, folder: Path) -> None:
        self.records = Records(folder, Saver(folder))

    def add(self, name: str, record: dict[str, Any]) -> None:
        self.records.add(_JOB, _REGION, name, record)

    def update(self, name: str, **changes: Any) -> None:
        self.records.update(_JOB, _REGION, name, **changes)

    def list_page(self) -> int:
        query = RecordQuery(limit=10, descending=True)
        return len(self.records.find_page(_JOB, _REGION, query)[0])

    def find_arn(self, arn: str) -> None:
        self.records.find_arn(_REGION, arn)


STORES: Mapping[str, Callable[[Path], Files | Store]] = {"files": Files, "sqlite": Store}


def _measure(store: str, folder: Path) -> dict[str, float]:
    begun = time.perf_counter()
    opened = STORES[store](folder)
    started = time.perf_counter() - begun
    name = f"job-{COUNT // 2:05d}"
    arn = _JOB.make_arn(_REGION, name)
    return {
        "start_ms": started * 1e3,
        "update_us": _time(lambda: opened.update(name, Note=time.time()), _UPDATES) * 1e6,
        "page_ms": _time(opened.list_page, 20) * 1e3,
        "arn_ms": _time(lambda: opened.find_arn(arn), 20) * 1e3,
    }


def _time(work: Callable[[], object], times: int) -> float:
    taken = list[float]()
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _run(action: str, store: str, folder: Path) -> None:
    if action == "fill":
        opened = STORES[store](folder)
        for number in range(COUNT):
            record = make_record(number)
            opened.add(record["TrainingJobName"], record)
    else:
        sys.stdout.write(json.dumps(_measure(store, folder)) + "\n")


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
