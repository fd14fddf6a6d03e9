"""The rounds of a training as a bar in a terminal, and as lines elsewhere."""

import re
from collections.abc import Callable, Mapping
from typing import Self

from local_test.output.answers import find_progress_stream, is_terminal

_ROUND = re.compile(r"\[(\d+)\]\t(.+)")
_TOTALS = ("num_round", "n_estimators", "epochs")


class RoundBar:
    """A sink of log lines: those of rounds, as XGBoost writes them, move the bar.

    `hyperparameters` may say how many rounds there are. Other lines, and all lines where standard
    output is no terminal or progress is left out, go to `print_line`, or above the bar.
    """

    def __init__(
        self, hyperparameters: Mapping[str, str], print_line: Callable[[str, str], None]
    ) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._print_line = print_line
        self._bar: Progress | None = None
        self._host = ""
        self._total = _find_total(hyperparameters)
        stream = find_progress_stream()
        if is_terminal(stream):
            columns = (
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
            )
            self._bar = Progress(*columns, console=Console(file=stream), transient=True)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, name: str, line: str) -> None:
        """Take a log line of a container."""
        if self._bar is None:
            self._print_line(name, line)
            return
        found = _ROUND.fullmatch(line)
        if found is None or name != (self._host or name):
            self._bar.console.print(f"{name} | {line}", markup=False, highlight=False)
            return
        self._host = name
        if not self._bar.tasks:
            self._bar.add_task("", total=self._total)
        metrics = found[2].replace("\t", "  ")
        self._bar.update(
            self._bar.tasks[0].id, completed=int(found[1]) + 1, description=metrics, refresh=True
        )


def _find_total(hyperparameters: Mapping[str, str]) -> int | None:
    texts = [hyperparameters[name] for name in _TOTALS if name in hyperparameters]
    return int(texts[0]) if texts and texts[0].isdecimal() and int(texts[0]) else None
