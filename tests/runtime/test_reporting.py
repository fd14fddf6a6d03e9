from __future__ import annotations

from pathlib import Path

import pytest

from tandem.errors import BadData, Stopped, Where
from tandem.reporting import Reporting


def report(error: BaseException | None, failure: Path) -> int:
    reporting = Reporting()
    reporting.failure = failure
    with reporting:
        if error is not None:
            raise error
    return reporting.exit_code


def test_success_leaves_no_failure_file(tmp_path: Path) -> None:
    assert report(None, tmp_path / "failure") == 0
    assert not (tmp_path / "failure").exists()


def test_the_users_error_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    error = BadData("the value is a word", where=Where("a.csv", 3, "area"), remedy="Mend it")
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
