"""Listeners receive each change of a record, in order, and never disturb the records."""

from __future__ import annotations

import itertools
import logging
import threading
from pathlib import Path

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Records
from local_test.service.storage.state.saver import Saver

JOB = ResourceType("TrainingJob", "training-job", "TrainingJobSummaries", "training job")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "records", Saver(tmp_path))


def test_changes_arrive_in_order_with_both_states(records: Records) -> None:
    seen: list[RecordChange] = []
    records.subscribe(seen.append)
    records.add(JOB, "eu-central-1", "a", {"Status": 1})
    for status in range(2, 50):
        records.update(JOB, "eu-central-1", "a", Status=status)
    records.remove(JOB, "eu-central-1", "a")
    records.close()
    states = [None, *({"Status": status} for status in range(1, 50)), None]
    assert [(change.before, change.after) for change in seen] == list(itertools.pairwise(states))
    assert {(change.resource, change.region, change.name) for change in seen} == {
        (JOB, "eu-central-1", "a")
    }


def test_a_refused_change_is_not_delivered(records: Records) -> None:
    seen: list[RecordChange] = []
    records.add(JOB, "eu-central-1", "a", {})
    records.subscribe(seen.append)
    with pytest.raises(ApiError):
        records.add(JOB, "eu-central-1", "a", {})
    with pytest.raises(ApiError):
        records.remove(JOB, "eu-central-1", "b")
    records.close()
    assert seen == []


def test_a_failing_listener_is_logged_and_disturbs_nobody(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[RecordChange] = []

    def fail(_change: RecordChange) -> None:
        raise KeyError("Detail")

    records.subscribe(fail)
    records.subscribe(seen.append)
    with caplog.at_level(logging.ERROR):
        records.add(JOB, "eu-central-1", "a", {"Status": 1})
        records.update(JOB, "eu-central-1", "a", Status=2)
        records.close()
    assert [change.after for change in seen] == [{"Status": 1}, {"Status": 2}]
    assert caplog.messages == ["a listener failed on a change of training job a"] * 2


def test_a_listener_runs_without_the_lock(records: Records) -> None:
    """It may change records while the thread that made the change still holds the lock."""
    started = threading.Event()
    records.subscribe(lambda _change: started.set())
    with records.lock():
        records.add(JOB, "eu-central-1", "a", {})
        assert started.wait(10)
    records.close()
