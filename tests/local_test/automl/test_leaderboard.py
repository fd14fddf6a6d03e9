"""The leaderboard of a running search: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import io
import re
import sys

import pytest

from local_test.automl.candidates import SearchCandidate
from local_test.automl.data.problem import OBJECTIVES
from local_test.automl.leaderboard import Leaderboard
from local_test.output import use_output
from tests.local_test.terminals import Terminal, set_plain_terminal

[RMSE] = [objective for objective in OBJECTIVES if objective.name == "RMSE"]
CANDIDATES = (
    SearchCandidate(0, "job-0", "onehot", "gbtree", {}, "Completed", score=0.5, seconds=2.0),
    SearchCandidate(1, "job-1", "target", "gbtree", {}, "Completed", score=0.25, seconds=3.0),
    SearchCandidate(2, "job-2", "hash", "dart", {}, "Failed", failure="no memory"),
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_plain_terminal(monkeypatch)


def show(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, minutes: float = 20.0) -> str:
    """Give what standard output gets for the candidates."""
    with monkeypatch.context() as context:
        context.setattr(sys, "stdout", screen)
        with Leaderboard(RMSE, minutes) as board:
            for candidate in CANDIDATES:
                board.show(candidate)
    return screen.getvalue()


def test_a_terminal_shows_the_best_and_a_bar_of_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = show(monkeypatch, Terminal())
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown)
    assert "2 completed, 1 failed" in text
    places = [line.split()[:3] for line in text.splitlines() if "gbtree" in line][-2:]
    assert places == [["1", "0.25", "target"], ["2", "0.5", "onehot"]]
    assert "0.0 of 20 minutes" in text
    assert "\u2501" * 40 in text
    assert shown.endswith("\x1b[2K")  # the last line is erased with the others


def test_the_bar_stands_at_the_budget_when_it_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0.0 of 1e-09 minutes" in show(monkeypatch, Terminal(), minutes=1e-9)


def test_elsewhere_each_candidate_is_a_line_and_the_best_so_far_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = show(monkeypatch, io.StringIO()).splitlines()
    assert [line.split() for line in lines] == [
        ["0", "onehot", "Completed", "2.0", "s", "0.5", "*"],
        ["1", "target", "Completed", "3.0", "s", "0.25", "*"],
        ["2", "hash", "Failed", "0.0", "s", "no", "memory"],
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    assert show(monkeypatch, Terminal()).splitlines() == lines
    with use_output(quiet=True, as_json=False):
        assert show(monkeypatch, Terminal()) == ""
