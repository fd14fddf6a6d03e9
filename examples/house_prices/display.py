"""What a person sees while the demo runs: a line a stage, alive in a terminal, plain elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table


class Stage:
    """A stage while it runs: it can say what it is at, and what came of it."""

    def __init__(self, display: Display, name: str) -> None:
        self._display = display
        self.name = name
        self.result = ""

    def at(self, text: str) -> None:
        """Show what is going on now; a plain display leaves it out."""
        self._display.show(self.name, text)


class Display:
    """Times the stages and shows them; container logs go to a file a stage."""

    def __init__(self, console: Console, log_folder: Path) -> None:
        self._console = console
        self._status = console.status("")
        self._logs = log_folder
        self._file: TextIO | None = None
        self.seconds: dict[str, float] = {}
        log_folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Run a stage: its seconds count under `name`, its containers' lines go to a file."""
        stage = Stage(self, name)
        started = time.perf_counter()
        path = self._logs / f"{len(self.seconds) + 1}-{name.replace(' ', '-')}.log"
        with path.open("w", encoding="utf-8") as self._file:
            self.show(name, "")
            try:
                yield stage
            finally:
                self._status.stop()
        seconds = self.seconds[name] = time.perf_counter() - started
        text = f" [green]✓[/] {name:<24}[dim]{seconds:>7.2f} s[/]   {stage.result}"
        self._console.print(text, highlight=False)

    def log(self, container: str, line: str) -> None:
        """Take a line of a container's log."""
        if self._file is not None and not self._file.closed:
            self._file.write(f"{container} | {line}\n")
            self._file.flush()

    def show(self, name: str, text: str) -> None:
        """Show what a running stage is at, where there is a terminal."""
        if self._console.is_terminal:
            self._status.update(f"{name:<24}          [dim]{text}[/]")
            self._status.start()

    def head(self, text: str) -> None:
        """Write the first line of the run."""
        self._console.print(text, highlight=False)

    def prices(self, rows: Sequence[tuple[str, float, float]]) -> None:
        """Write a table of true and predicted prices."""
        table = Table(header_style="dim", box=None, padding=(0, 3, 0, 0))
        for title in ("   House", "True", "Predicted", "Off by"):
            table.add_column(title, justify="right")
        for name, true, predicted in rows:
            off = f"{predicted / true - 1:+.1%}"
            table.add_row(name, f"${true:,.0f}", f"${predicted:,.0f}", off)
        self._console.print()
        self._console.print(table)
