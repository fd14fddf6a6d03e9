"""The log of the decisions: a table of the columns, the target, and the remarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from preprocessor.infer import remarks
from preprocessor.infer.remarks import Remark
from preprocessor.recipe.definition import Recipe
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.errors import join_words
from tandem.logs import logger

_HEAD = ("column", "type", "missing", "distinct", "why", "steps")
# A column's name may be a sentence; the table stays readable.
_WIDEST = 32
# The log names the classes of a target that has no more of them.
_CLASSES = 10


def log_decisions(recipe: Recipe, target: ColumnSummary | None) -> None:
    """Log one line a column, the remarks, and a warning about columns that are left out.

    `target` is the summary of the column to predict, where there is one.
    """
    words = join_words(["the empty cell", *map(repr, recipe.missing_values)], "or")
    logger.info("missing is %s (hyperparameter missing_values), and nan in numbers", words)
    if target is not None:
        _log_target(recipe, target)
    for line in format_table(recipe):
        logger.info("%s", line)
    for each in recipe.interactions:
        logger.info("%s: %s", " * ".join(each.columns), "; ".join(map(str, each.treatments)))
    _log_remarks(remarks.list_saved_remarks(recipe))
    dropped = [column.name for column in recipe.columns if not column.treatments]
    if dropped:
        logger.warning("left out: %s", ", ".join(dropped))
    _log_remarks(remarks.list_recipe_remarks(recipe))


def _log_remarks(remarks_to_log: Iterable[Remark]) -> None:
    for remark in remarks_to_log:
        logger.warning("worth a look: column %r %s", remark.column, remark.sentence)


def log_blanks(recipe: Recipe, blanks: Mapping[str, int]) -> None:
    """Log the text columns with stripped blanks; `blanks` counts their cells by column."""
    schema = recipe.build_schema()
    texts = [
        field.name for field in (*schema.fields, schema.label) if field and field.kind == "text"
    ]
    stripped = [f"{name!r} ({blanks[name]:,} rows)" for name in texts if blanks.get(name)]
    if stripped:
        logger.info(
            "blanks around texts are stripped in %s; set 'strip_blanks' to false to keep them",
            ", ".join(stripped),
        )


def _log_target(recipe: Recipe, target: ColumnSummary) -> None:
    """Log the type of the target, and a warning about rows without it."""
    name = repr(recipe.target)
    numbers = target.numbers()
    if recipe.classes is not None:
        few = len(recipe.classes) <= _CLASSES
        names = f" ({join_words([_shorten(word) for word in recipe.classes])})" if few else ""
        kind = f"{len(recipe.classes):,} classes{names}"
    else:
        ends = f" from {numbers.low:,.10g} to {numbers.high:,.10g}" if numbers else ""
        format_note = f", written like {recipe.target_format}" if recipe.target_format else ""
        kind = f"number{ends}{format_note}"
    missing = target.rows - len(numbers) if numbers is not None else target.absent
    logger.info("target %s: %s; missing in %d of %d rows", name, kind, missing, target.rows)
    if missing:
        logger.warning(
            "rows without target %s: %d. The transform is fitted to them too, and a booster cannot"
            " learn from them; xgboost's missing_target 'leave_out' leaves them out there",
            name,
            missing,
        )


def format_table(recipe: Recipe) -> list[str]:
    """Return the lines of the table: a header, then one line a column, in data order."""
    rows = [
        (c.name, c.type, str(c.missing or "-"), str(c.distinct), c.reason, c.treatment_text)
        for c in recipe.columns
    ]
    widths = [max(len(_shorten(row[i])) for row in (_HEAD, *rows)) for i in range(len(_HEAD) - 1)]
    return [_format_row(row, widths) for row in (_HEAD, *rows)]


def _format_row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [_shorten(cell).ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1]])


def _shorten(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
