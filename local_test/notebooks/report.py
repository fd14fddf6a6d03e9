"""What became of a notebook's cells: a line each, and one JSON object for all."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

CellStatus = Literal["ok", "error", "timeout", "dead kernel", "interrupted", "not run"]
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LINE_WIDTH = 72
_TRACE_LINES = 15


@dataclass(frozen=True)
class CellResult:
    """A code cell: its number from 1, its first line, its status, seconds, and its error."""

    number: int
    source: str
    status: CellStatus
    seconds: float = 0.0
    error: str = ""


@dataclass
class NotebookReport:
    """The results of a notebook's code cells in their order; `count` is how many there are."""

    notebook: str
    kernel: str
    count: int
    cells: list[CellResult] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Return whether every cell ended as `ok`."""
        return len(self.cells) == self.count and all(cell.status == "ok" for cell in self.cells)

    def format_cell(self, cell: CellResult) -> str:
        """Return the line of a cell."""
        width = len(str(self.count))
        line = f"[{cell.number:>{width}}/{self.count}] {cell.status:<5} {cell.seconds:7.1f} s  "
        return line + cell.source[:_LINE_WIDTH]

    def format_summary(self) -> str:
        """Return the last line."""
        good = sum(cell.status == "ok" for cell in self.cells)
        seconds = sum(cell.seconds for cell in self.cells)
        return f"{good} of {self.count} code cells ok in {seconds:.1f} s: {self.notebook}"

    def describe(self, output: str | None) -> dict[str, Any]:
        """Return an object for JSON; `output` is where the executed notebook is."""
        return {
            "notebook": self.notebook,
            "kernel": self.kernel,
            "status": "ok" if self.succeeded else "failed",
            "seconds": round(sum(cell.seconds for cell in self.cells), 3),
            "output": output,
            "cells": [asdict(cell) for cell in self.cells],
        }


def find_first_line(source: str) -> str:
    """Return the first line of a cell that says something: no comment, and not empty."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")


def format_traceback(lines: Sequence[str]) -> str:
    """Return the last lines of a kernel's traceback, without colours."""
    plain = _ANSI.sub("", "\n".join(lines)).splitlines()
    return "\n".join(f"  {line}" for line in plain[-_TRACE_LINES:])
