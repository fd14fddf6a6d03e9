"""What was decided about each column, as a table in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from preprocessor import remarks
from preprocessor.recipe import Recipe
from tandem.logs import logger

_HEAD = ("column", "type", "missing", "distinct", "why", "what is done to it")
# A column's name may be a sentence; the table stays readable.
_WIDEST = 32


def log(recipe: Recipe) -> None:
    """Print one line a column, and a warning about those that are left out."""
    for line in table(recipe):
        logger.info("%s", line)
    for each in recipe.interactions:
        logger.info("%s: %s", " * ".join(each.columns), "; ".join(map(str, each.treatments)))
    for column in recipe.columns:
        if column.remark:
            logger.warning("worth a look: column %r %s", column.name, column.remark)
    dropped = [column.name for column in recipe.columns if not column.treatments]
    if dropped:
        logger.warning("left out: %s", ", ".join(dropped))
    for remark in remarks.of(recipe):
        logger.warning("worth a look: column %r %s", remark.column, remark.sentence)


def log_blanks(recipe: Recipe, blanks: Mapping[str, int]) -> None:
    """Print where the texts of a recipe had blanks around them; `blanks` counts them by column."""
    schema = recipe.schema()
    texts = [
        field.name for field in (*schema.fields, schema.label) if field and field.kind == "text"
    ]
    found = [f"{name!r} ({blanks[name]:,} rows)" for name in texts if blanks.get(name)]
    if found:
        logger.info(
            "blanks around texts are stripped in %s; set 'strip_blanks' to false to keep them",
            ", ".join(found),
        )


def table(recipe: Recipe) -> list[str]:
    """Give the table's lines: a head, and one line a column in the order of the data."""
    rows = [
        (c.name, c.type, str(c.missing or "-"), str(c.distinct), c.reason, c.done)
        for c in recipe.columns
    ]
    widths = [max(len(_cut(row[i])) for row in (_HEAD, *rows)) for i in range(len(_HEAD) - 1)]
    return [_line(row, widths) for row in (_HEAD, *rows)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [_cut(cell).ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1]])


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
