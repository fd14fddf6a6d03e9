"""`report.html`: the values, treatments and features of each column."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from preprocessor.describe.report import column_charts, column_entries, target_section
from preprocessor.hyperparameters import SCHEMA
from preprocessor.recipe.definition import Recipe
from tandem._version import __version__
from tandem.baseline.column_profile import ColumnProfile
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.io.atomic_write import write_atomic
from tandem.report import html_page

NAME = "report.html"
_LIBRARIES = ("scikit-learn", "pandas", "numpy")


def write_report(
    folder: Path, recipe: Recipe, columns: Sequence[ColumnProfile], values: HyperparameterValues
) -> None:
    """Write `report.html`; `columns` are the profiles, the target first if there is one."""
    target, inputs = (columns[0], columns[1:]) if recipe.target else (None, columns)
    entries = column_entries.list_entries(recipe, inputs)
    text = html_page.render(
        "preprocessor.describe.report",
        "report.html.jinja",
        recipe=recipe,
        target=target_section.describe_target(target, recipe) if target else None,
        entries=entries,
        share=lambda part: column_charts.format_share(part, 1),
        remarks=column_entries.list_remarks(entries, recipe),
        missing=sum(column.absent for column in inputs) / max(1, recipe.rows * len(inputs)),
        versions={"Tandem": __version__, **{name: version(name) for name in _LIBRARIES}},
        values=values.select_effective(SCHEMA),
        given=values.given,
    )
    write_atomic(folder / NAME, text.encode())
