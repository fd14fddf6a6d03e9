"""A terminal as programs see it, without its colors and of one width."""

from __future__ import annotations

import io

import pytest


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def set_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a terminal of 120 columns that nobody has described."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
