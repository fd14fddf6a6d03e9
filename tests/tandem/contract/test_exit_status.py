from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tandem.contract.exit_status import ExitStatus
from tandem.errors import BadData, Location, Stopped, UserError
from tests.disks import mount_small_disk
from tests.tandem.script.jobs import prepare_job


def report(error: BaseException | None, failure: Path) -> int:
    reporting = ExitStatus()
    reporting.failure = failure
    with reporting:
        if error is not None:
            raise error
    return reporting.exit_code


def test_success_leaves_no_failure_file(tmp_path: Path) -> None:
    assert report(None, tmp_path / "failure") == 0
    assert not (tmp_path / "failure").exists()


def test_the_users_error_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    error = BadData("the value is a word", where=Location("a.csv", 3, "area"), remedy="Mend it")
    assert report(error, tmp_path / "output" / "failure") == 1
    assert (tmp_path / "output" / "failure").read_text() == (
        "BadData: a.csv, row 3, column 'area': the value is a word. Mend it."
    )


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (ZeroDivisionError("by zero"), "InternalError: ZeroDivisionError: by zero."),
        (MemoryError(), "InternalError: out of memory. Use a larger instance or less data."),
        (OSError(28, "No space left on device", "x"), "InternalError: x: No space left on device."),
    ],
)
def test_an_internal_error_keeps_its_trace_after_the_sentence(
    error: BaseException, start: str, tmp_path: Path
) -> None:
    assert report(error, tmp_path / "failure") == 2
    text = (tmp_path / "failure").read_text()
    assert text.startswith(start)
    assert "Traceback" in text


def test_a_stop_is_no_failure(tmp_path: Path) -> None:
    assert report(Stopped("stopped on request"), tmp_path / "failure") == 143
    assert not (tmp_path / "failure").exists()


def test_an_exit_keeps_its_code(tmp_path: Path) -> None:
    assert report(SystemExit(3), tmp_path / "failure") == 3


SENTENCE = "the value is a word, and what the column holds are numbers: " + "x" * 900


def fill(disk: Path) -> None:
    """Write until there is no room, not for a byte."""
    with (disk / "filler").open("wb", 0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@pytest.mark.parametrize(
    ("error", "code", "start"),
    [
        (UserError(SENTENCE), 1, f"UserError: {SENTENCE}."),
        (ValueError(SENTENCE), 2, f"InternalError: ValueError: {SENTENCE}."),
    ],
)
def test_a_full_disk_has_room_for_the_reason(
    error: BaseException, code: int, start: str, tmp_path: Path
) -> None:
    with mount_small_disk(tmp_path / "output", 256) as disk:
        reporting = ExitStatus()
        with reporting:
            reporting.set_failure_file(disk / "failure")
            assert [path.name for path in disk.iterdir()] == []
            fill(disk)
            raise error
        assert reporting.exit_code == code
        assert (disk / "failure").read_text().startswith(start)


def test_room_is_given_back_where_nothing_fails(tmp_path: Path) -> None:
    with mount_small_disk(tmp_path / "output", 256) as disk:
        free = os.statvfs(disk).f_bfree
        for error in (None, SystemExit(3), Stopped("stopped")):
            reporting = ExitStatus()
            with reporting:
                reporting.set_failure_file(disk / "failure")
                assert os.statvfs(disk).f_bfree == free - 4
                if error is not None:
                    raise error
            assert os.statvfs(disk).f_bfree == free


GIVES_UP = """
import os, pathlib, sys, threading, time
from tandem.errors import TandemError
from tandem.contract.exit_status import ExitStatus, exit_with_error
disk = pathlib.Path(sys.argv[1])
report = ExitStatus()
with report:
    report.set_failure_file(disk / "failure")
    if not os.fork():  # which has the reserved file open as well
        time.sleep(1)
        os._exit(0)
    try:
        with (disk / "filler").open("wb", 0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        pass
    gone = TandemError("host algo-2 is gone")
    threading.Thread(target=exit_with_error, args=(gone, disk / "failure")).start()
    time.sleep(60)
"""


def test_a_program_that_is_ended_from_a_thread_says_why_on_a_full_disk(tmp_path: Path) -> None:
    with mount_small_disk(tmp_path / "output", 256) as disk:
        ended = subprocess.run([sys.executable, "-c", GIVES_UP, str(disk)], timeout=50, check=False)
        assert ended.returncode == 2
        assert (disk / "failure").read_text().startswith("InternalError: host algo-2 is gone.")


def test_a_job_that_filled_its_disk_says_so(tmp_path: Path) -> None:
    script = (
        "with open(r'{}', 'wb', 0) as file:\n    while True:\n        file.write(bytes(4096))\n"
    )
    tree = prepare_job(tmp_path, script.format(tmp_path / "ml" / "output" / "filler"))
    with mount_small_disk(tmp_path / "ml" / "output", 256) as disk:
        ended = tree.run()
        assert ended.code == 1
        assert ended.failure.startswith("ScriptError: train.py ended with exit code 1: OSError:")
        assert "[Errno 28] No space left on device" in ended.failure
        assert {path.name for path in disk.iterdir()} >= {"failure", "filler"}
