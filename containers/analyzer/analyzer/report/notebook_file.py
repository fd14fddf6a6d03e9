"""The report as a notebook of Markdown cells, without code to run (nbformat 4.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from analyzer.report.report_content import ReportContent, format_number


def render_notebook(content: ReportContent) -> str:
    """Return the notebook."""
    cells = [f"# {content.title}\n\n{content.lead}"]
    for table in content.tables:
        rows = [(row.name, row.value, row.meaning) for row in table.rows]
        cells.append(
            f"## {table.stage} bias: {_escape(table.facet)} = {_escape(table.group)}\n\n"
            f"A positive outcome is {_escape(table.label)}.\n\n"
            + _tabulate(("Metric", "Value", "Meaning"), rows)
        )
    if content.method:
        cells.append(content.method)
    for importance in content.importances:
        values = [(name, format_number(value)) for name, value in importance.rows]
        cells.append(
            f"## Global SHAP values ({content.aggregation}): {_escape(importance.output)}\n\n"
            + _tabulate(("Feature", "Value"), values)
        )
    for curve in content.curves:
        points = [
            (str(value), *(format_number(float(score)) for score in scores))
            for value, scores in zip(curve.grid, curve.scores, strict=True)
        ]
        cells.append(
            f"## Partial dependence: {_escape(curve.feature)}\n\n"
            + _tabulate(("Value", *content.outputs), points)
        )
    document = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}
            for text in cells
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return json.dumps(document, indent=1)


def _tabulate(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_escape, line)) + " |" for line in lines)


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
