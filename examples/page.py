"""HTML report of an example: figures and charts on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from tandem.report.html_page import render


def write_page(
    path: Path,
    title: str,
    lead: str,
    figures: Mapping[str, str],
    pictures: Mapping[str, Markup],
    wide: Sequence[str] = (),
) -> None:
    """Write a page of figures (name to value) and pictures (heading to SVG or HTML).

    `wide` are the headings of pictures that get the page's whole width.
    """
    page = {"title": title, "lead": lead, "figures": figures, "pictures": pictures, "wide": wide}
    html = render("examples", "page.html.jinja", **page)
    path.write_text(html, encoding="utf-8")
    print(f"Report: {path}")


def draw_table(rows: Sequence[Mapping[str, float]]) -> Markup:
    """Return rows of numbers as a table; the first row's keys are its header."""
    header = Markup().join(Markup("<th>{}</th>").format(name) for name in rows[0])
    body = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(Markup("<td>{}</td>").format(f"{value:.4g}") for value in row.values())
        )
        for row in rows
    )
    return Markup("<table><tr>{}</tr>{}</table>").format(header, body)
