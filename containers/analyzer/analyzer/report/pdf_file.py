"""The report as a PDF file (fpdf2); lines break between words, and within one that is too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fpdf import FPDF

from analyzer.report.report_content import LocalExample, ReportContent, format_number

# The fonts of PDF readers have Western European characters; others become `?`.
_FONT, _CODEC = "Helvetica", "cp1252"
# The gray of lines from 0 to 255, and the height of a line of text in mm.
_LINES, _LINE = 200, 4.2


class Columns(NamedTuple):
    """Widths of a table's columns in mm, and where their texts stand."""

    widths: tuple[int, ...]
    aligns: tuple[str, ...]


_METRICS = Columns((60, 20, 94), ("LEFT", "RIGHT", "LEFT"))
_VALUES = Columns((124, 50), ("LEFT", "RIGHT"))
_ATTRIBUTIONS = Columns((74, 50, 50), ("LEFT", "RIGHT", "RIGHT"))


def render_pdf(content: ReportContent) -> bytes:
    """Return the report as PDF: its tables; the curves are in the HTML page."""
    pdf = FPDF(format="A4")
    pdf.core_fonts_encoding = _CODEC
    pdf.set_title(content.title)
    pdf.set_margin(18)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_page()
    _write(pdf, content.title, 20, "B")
    _write(pdf, content.lead, 10)
    for table in content.tables:
        _write(pdf, f"{table.stage} bias: {table.facet} = {table.group}", 13, "B")
        _write(pdf, f"A positive outcome is {table.label}.", 9)
        rows = [(row.name, row.value, row.meaning) for row in table.rows]
        _tabulate(pdf, ("Metric", "Value", "Meaning"), rows, _METRICS)
    if content.method:
        _write(pdf, content.method, 9)
    for importance in content.importances:
        _write(pdf, f"Global SHAP values ({content.aggregation}): {importance.output}", 13, "B")
        values = [(name, format_number(value)) for name, value in importance.rows]
        _tabulate(pdf, ("Feature", "Value"), values, _VALUES)
    for example in content.examples:
        _write(pdf, example.title, 13, "B")
        _write(pdf, _sum_up(content, example), 9)
        cells = [
            (name, cell, f"{value:+.4g}" if value else "0") for name, cell, value in example.rows
        ]
        _tabulate(pdf, ("Feature", "Value", "Attribution"), cells, _ATTRIBUTIONS)
    return bytes(pdf.output())


def _sum_up(content: ReportContent, example: LocalExample) -> str:
    unit = "" if content.explanations is None else f"{content.explanations.unit} "
    expected, total = format_number(example.expected), format_number(example.total)
    return f"Expected {unit}{expected}, with all attributions {total}."


def _tabulate(
    pdf: FPDF, heads: Sequence[str], rows: Sequence[Sequence[str]], columns: Columns
) -> None:
    pdf.ln(1)
    pdf.set_font(_FONT, size=9)
    pdf.set_draw_color(_LINES)
    with pdf.table(
        col_widths=columns.widths,
        text_align=columns.aligns,
        borders_layout="HORIZONTAL_LINES",
        line_height=_LINE,
        padding=(0.8, 1.5),
    ) as table:
        for cells in (heads, *rows):
            row = table.row()
            for cell in cells:
                row.cell(_encode(cell))
    pdf.ln(2)


def _write(pdf: FPDF, text: str, size: int, style: str = "") -> None:
    pdf.ln(2)
    pdf.set_font(_FONT, style, size)
    pdf.multi_cell(0, size * 0.5, _encode(text), new_x="LMARGIN", new_y="NEXT")


def _encode(text: str) -> str:
    return text.encode(_CODEC, errors="replace").decode(_CODEC)
