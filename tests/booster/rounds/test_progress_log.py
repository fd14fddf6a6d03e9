"""What a log without a terminal shows: metric lines, and now and then how long it will take."""

from __future__ import annotations

import logging

import pytest

from booster.rounds.evaluation_history import EvaluationHistory
from booster.rounds.progress_log import ProgressLog, format_duration, format_progress


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (5400, "1 h 30 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_a_time_reads_as_a_person_would_say_it(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_what_is_left_goes_by_the_rounds_done_since_the_start() -> None:
    assert format_progress(50, 200, 0, 100) == "50 of 200 rounds, 5 min left"
    assert format_progress(50, 200, 40, 2) == "50 of 200 rounds, 30 s left"


def test_progress_is_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter(range(0, 1000, 10))
    monkeypatch.setattr(logging.getLogger("tandem"), "propagate", True)
    course, progress = EvaluationHistory(), ProgressLog(10, clock=lambda: float(next(seconds)))
    with caplog.at_level(logging.INFO, "tandem"):
        for _ in range(10):
            course.add_round({"train": {"rmse": 0.25}})
            progress.after_round(course)
    assert [record.getMessage() for record in caplog.records] == [
        "3 of 10 rounds, 70 s left",
        "6 of 10 rounds, 40 s left",
        "9 of 10 rounds, 10 s left",
    ]
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith("[")] == [
        f"[{number}]\ttrain-rmse:0.25000" for number in range(10)
    ]
