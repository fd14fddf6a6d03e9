"""The rounds of a training: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import re
import sys

import pytest

from local_test.engines import print_line
from local_test.output import use_output
from local_test.output.round_bar import RoundBar
from tests.local_test.terminals import Terminal, set_plain_terminal

LINES = ("starting", "[0]\ttrain-rmse:0.5", "[9]\ttrain-rmse:0.25\tvalidation-rmse:0.75", "done")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_plain_terminal(monkeypatch)


def feed(monkeypatch: pytest.MonkeyPatch, **hyperparameters: str) -> str:
    """Give what a terminal gets for the lines of two hosts."""
    screen = Terminal()
    with monkeypatch.context() as context:
        context.setattr(sys, "stdout", screen)
        with RoundBar(hyperparameters, print_line) as bar:
            for line in LINES:
                bar("algo-1", line)
            bar("algo-2", LINES[1])
    return screen.getvalue()


def test_a_terminal_shows_a_bar_and_other_lines_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", feed(monkeypatch, num_round="20"))
    assert "10/20 train-rmse:0.25  validation-rmse:0.75" in text
    for line in ("algo-1 | starting", "algo-1 | done", "algo-2 | [0]"):
        assert line in text
    assert "algo-1 | [" not in text


def test_a_number_of_rounds_that_nobody_gives_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "10/?" in feed(monkeypatch, num_round="many")


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_plain_terminal_gets_lines(
    variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*variable)
    names = ["algo-1"] * 4 + ["algo-2"]
    lines = [*LINES, LINES[1]]
    wanted = [f"{name} | {line}" for name, line in zip(names, lines, strict=True)]
    assert feed(monkeypatch).splitlines() == wanted


def test_quiet_leaves_a_terminal_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    with use_output(quiet=True, as_json=False):
        assert feed(monkeypatch, num_round="20") == ""
