"""Two notebooks about a search: what the data hold, and which candidates are defined."""

import json
from collections.abc import Sequence
from pathlib import Path

from local_test.automl.plan import SearchPlan
from local_test.automl.search_space import make_fixed

EXPLORATION, DEFINITIONS = "data_exploration.ipynb", "candidate_definitions.ipynb"

Cell = tuple[str, str]
"""The type of a cell, markdown or code, and its text."""


def write_notebooks(plan: SearchPlan, folder: Path) -> list[Path]:
    """Write both notebooks, and return their paths: exploration, definitions."""
    paths = [folder / EXPLORATION, folder / DEFINITIONS]
    for path, cells in zip(paths, (_explore(plan), _define(plan)), strict=True):
        content = {
            "cells": [_make_cell(number, cell) for number, cell in enumerate(cells)],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return paths


def _explore(plan: SearchPlan) -> Sequence[Cell]:
    profile = plan.profile
    rows = ["| column | missing | different values | numbers |", "| --- | ---: | ---: | ---: |"]
    rows += [
        f"| {_escape(one.name)} | {one.missing} | {one.distinct} | {one.numbers} |"
        for one in profile.columns
    ]
    findings = [
        f"* **{_escape(one.column)}**: {one.kind}, {'left out' if one.dropped else 'kept'}: "
        f"{one.sentence}"
        for one in plan.findings
    ]
    parts = ", ".join(f"{count} {part}" for part, count in plan.sizes.items() if count)
    facts = f"{profile.problem}, by {plan.objective.name}; rows: {parts}"
    head = f"# {_escape(profile.target)}\n\n{facts}"
    checks = "\n".join(findings) or "Nothing was found."
    return [
        ("markdown", head),
        ("markdown", "## Columns\n\n" + "\n".join(rows)),
        ("markdown", f"## Checks\n\n{checks}"),
    ]


def _define(plan: SearchPlan) -> Sequence[Cell]:
    recipes = {one.name: dict(one.settings) for one in plan.recipes}
    boosters = {one.name: list(one.boosters) for one in plan.recipes}
    fixed = {
        booster: make_fixed(plan.problem, len(plan.profile.classes), booster)
        for booster in sorted({each for one in plan.recipes for each in one.boosters})
    }
    listed = "\n".join(
        f"* `{one.name}` ({', '.join(one.boosters)}): {one.sentence}" for one in plan.recipes
    )
    return [
        ("markdown", f"# Candidates\n\nEach is a recipe and a booster.\n\n{listed}"),
        ("markdown", "Hyperparameters of the preprocessor, by recipe, and the recipe's boosters:"),
        ("code", f"RECIPES = {json.dumps(recipes, indent=4)}\nBOOSTERS = {json.dumps(boosters)}"),
        ("markdown", "Hyperparameters of xgboost that are not searched, by booster:"),
        ("code", f"FIXED = {json.dumps(fixed, indent=4)}"),
    ]


def _make_cell(number: int, cell: Cell) -> dict[str, object]:
    kind, text = cell
    more: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = text.splitlines(keepends=True)
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines, **more}


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
