"""`report.html`, `report.pdf` and `report.ipynb` of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from analyzer.report.html_page import render_page
from analyzer.report.notebook_file import render_notebook
from analyzer.report.pdf_file import render_pdf
from analyzer.report.report_content import ReportContent
from tandem.io.atomic_write import write_atomic

_FORMS: Mapping[str, Callable[[ReportContent], bytes]] = {
    "report.html": lambda content: render_page(content).encode(),
    "report.ipynb": lambda content: render_notebook(content).encode(),
    "report.pdf": render_pdf,
}


def write_report(folder: Path, content: ReportContent) -> None:
    """Write all forms of the report."""
    for name, render in _FORMS.items():
        write_atomic(folder / name, render(content))
