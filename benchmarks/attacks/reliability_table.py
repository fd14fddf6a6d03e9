"""The table of docs/reliability.md, between two markers, as an attack writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.attacks.base import Tally

_BEGIN, _END = "<!-- What `make attack WRITE=1` writes. -->", "<!-- End of it. -->"
_HEAD = (
    "attack",
    "requests",
    "2xx",
    "4xx",
    "5xx",
    "no answer",
    "kills",
    "died",
    "wrong",
    "lost",
    "memory",
    "descriptors",
)


@dataclass(frozen=True)
class Line:
    """One attack's counts, or why it was not made."""

    name: str
    tally: Tally
    skipped: str = ""

    def format_row(self) -> str:
        """Return the row of the table."""
        if self.skipped:
            return f"| {self.name} | not made: {self.skipped} |" + " |" * (len(_HEAD) - 2)
        tally = self.tally
        cells = (
            f"{tally.requests:,}",
            f"{tally.answered:,}",
            f"{tally.refused:,}",
            len(tally.faults),
            tally.cut,
            tally.killed,
            len(tally.dead),
            len(tally.wrong),
            len(tally.lost),
            f"{tally.memory_mb:+.0f} MB",
            f"{tally.descriptors:+d}",
        )
        return f"| {self.name} | " + " | ".join(map(str, cells)) + " |"


def insert_table(page: str, lines: Sequence[Line], about: str) -> str:
    """Insert the table into a page. Raises ValueError without markers."""
    block = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if not block.search(page):
        raise ValueError(f"the page has no lines {_BEGIN} and {_END}")
    table = "\n".join(
        [f"| {' | '.join(_HEAD)} |", "| --- " + "| ---: " * (len(_HEAD) - 1) + "|"]
        + [line.format_row() for line in lines]
    )
    return block.sub(lambda _: f"{_BEGIN}\n{about}.\n\n{table}\n{_END}", page, count=1)
