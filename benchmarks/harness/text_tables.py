"""Figures as a person likes to read them, in columns of a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.harness.round_robin import Spread, Verdict

_MOST_COLUMNS = 4


def format_spreads(figures: Mapping[str, Mapping[str, Spread]]) -> str:
    """Show each candidate's figures: median, least and greatest; candidates beside each other."""
    if len(figures) > _MOST_COLUMNS:
        lines = [
            [f"{candidate}, {name}", str(value)]
            for candidate, found in figures.items()
            for name, value in found.items()
        ]
        return align_columns(lines)
    names = list(dict.fromkeys(name for found in figures.values() for name in found))
    cells = [
        [name, *(str(found[name]) if name in found else "-" for found in figures.values())]
        for name in names
    ]
    return align_columns([["", *figures], *cells])


def format_goals(verdicts: Sequence[Verdict]) -> str:
    """Show each ratio, whether it is kept, and what was promised."""
    return align_columns(
        [
            [f"{each.mark} {each.goal.summary}", str(each.ratio), _format_bounds(each), each.wanted]
            for each in verdicts
        ]
    )


def align_columns(lines: Sequence[Sequence[str]]) -> str:
    """Write lines of cells in columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  "
        + "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _format_bounds(verdict: Verdict) -> str:
    goal = verdict.goal
    return f"{goal.candidate} / {goal.baseline}" if goal.baseline else goal.candidate
