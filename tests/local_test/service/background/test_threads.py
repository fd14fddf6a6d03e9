"""Work under one name, one piece after another."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import CloudWatchLogs, LogStream
from local_test.service.background.threads import JobThreads
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import start_history
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.state.log_lines import LogLines
from local_test.service.storage.state.saver import Saver
from tests.clients.account import REGION


def unexpected(error: Exception) -> None:
    raise error


def test_later_work_of_a_name_is_the_one_that_is_stopped() -> None:
    threads, begun, done, stopped = JobThreads(), *(threading.Event() for _ in range(3))

    def first(stop: threading.Event) -> None:
        assert begun.wait(30)
        done.set()
        assert not stop.is_set()

    def second(stop: threading.Event) -> None:
        begun.set()
        if stop.wait(30):
            stopped.set()

    threads.start("endpoint", first, unexpected)
    threads.start("endpoint", second, unexpected)
    assert done.wait(30)
    threads.stop("endpoint")
    assert stopped.wait(30)
    threads.close()


def test_interrupted_work_goes_on_once_and_a_stop_is_final() -> None:
    threads, rounds, over = JobThreads(), list[int](), threading.Event()

    def work(stop: threading.Event) -> None:
        while True:
            rounds.append(1)
            assert stop.wait(30)
            if not threads.resume_interrupted("job"):
                over.set()
                return

    threads.start("job", work, unexpected)
    threads.interrupt("job")
    while len(rounds) < 2:
        assert not over.wait(0.01)
    threads.close()
    assert over.is_set()
    assert len(rounds) == 2


def test_work_that_ends_unforeseen_fails_its_job_and_leaves_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend = Backend(tmp_path, "http://127.0.0.1:1")
    begun = {TRAINING_JOB.name_field: "odd", "CreationTime": 1.0} | start_history(1.0)
    backend.records.add(TRAINING_JOB, REGION, "odd", begun)
    begun = {TRANSFORM_JOB.name_field: "odd", TRANSFORM_JOB.status_field: "InProgress"}
    backend.records.add(TRANSFORM_JOB, REGION, "odd", begun)

    def stumble(_stop: threading.Event) -> None:
        raise ZeroDivisionError("an accident")

    for resource in (TRAINING_JOB, TRANSFORM_JOB):
        start_work(backend, resource, REGION, "odd", stumble)
    backend.threads.close()
    for resource in (TRAINING_JOB, TRANSFORM_JOB):
        record = backend.records.get(resource, REGION, "odd")
        assert record[resource.status_field] == "Failed"
        assert record["FailureReason"] == "InternalServerError: ZeroDivisionError: an accident"
    assert "training job odd ended unforeseen" in caplog.text
    assert 'raise ZeroDivisionError("an accident")' in caplog.text


def test_the_log_goes_on_after_an_accident(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written, asked = threading.Event(), list[str]()

    class Client:
        def create_log_group(self, **_: str) -> None: ...

        def create_log_stream(self, **_: str) -> None: ...

        def put_log_events(self, **_: object) -> None:
            written.set()

    def client(region: str) -> Client:
        asked.append(region)
        if len(asked) == 1:
            raise ZeroDivisionError("an accident")
        return Client()

    logs = CloudWatchLogs(client, LogLines(tmp_path, Saver(tmp_path)), lambda: None)
    logs.start()
    logs.add(LogStream(REGION, "group", "stream"), "lost")
    while not asked:
        assert not written.wait(0.01)
    logs.add(LogStream(REGION, "group", "stream"), "kept")
    assert written.wait(30)
    logs.close()
    assert "an accident" in caplog.text
