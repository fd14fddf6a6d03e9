"""The leaderboard of a running search: a table in a terminal, one line a candidate elsewhere."""

import threading
import time
from collections import Counter
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from local_test.automl.candidates import SearchCandidate, format_leaderboard, rank
from local_test.automl.data.problem import Objective
from local_test.output import find_progress_stream, is_terminal, report_progress


class Leaderboard:
    """Context manager: the candidates that ended, and how much of the budget is spent.

    In a terminal the table and a bar of the time change in place and are gone at the end.
    """

    def __init__(self, objective: Objective, minutes: float) -> None:
        self._objective = objective
        self._text = ""
        self._begin, self._seconds = time.monotonic(), 60 * minutes
        self._all: list[SearchCandidate] = []
        self._lock = threading.Lock()
        stream = find_progress_stream()
        self._live: Live | None = None
        if is_terminal(stream):
            self._live = Live(
                console=Console(file=stream),
                transient=True,
                refresh_per_second=2,
                get_renderable=self._render,
            )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, candidate: SearchCandidate) -> None:
        """Show a candidate that ended; called by any thread."""
        with self._lock:
            self._all.append(candidate)
            if self._live is None:
                report_progress(self._format_line(candidate))
                return
            counts = Counter(one.state for one in self._all)
            states = ", ".join(f"{count} {state.lower()}" for state, count in counts.items())
            lines = format_leaderboard(self._all, self._objective)
            self._text = "\n".join([states, *lines])

    def _render(self) -> Group:
        spent = min(time.monotonic() - self._begin, self._seconds)
        minutes = f"{spent / 60:.1f} of {self._seconds / 60:g} minutes"
        return Group(Text(self._text), Text(minutes), ProgressBar(self._seconds, spent, width=40))

    def _format_line(self, candidate: SearchCandidate) -> str:
        best = rank(self._all, self._objective)
        mark = " *" if best and best[0].number == candidate.number else ""
        score = candidate.failure if candidate.score is None else f"{candidate.score:.6g}{mark}"
        return (
            f"{candidate.number:>4} {candidate.recipe:<12} {candidate.state:<10}"
            f"{candidate.seconds:>6.1f} s  {score}"
        )
