"""Tables of text on a terminal."""

from collections.abc import Sequence


def format_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equally many cells as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
