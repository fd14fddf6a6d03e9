"""A version of a model card as a PDF file (fpdf2) and as an HTML page (Jinja)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import WrapMode
from jinja2 import Environment, FileSystemLoader

from local_test.service.resources.model_cards.card_content import parse_content
from local_test.service.resources.model_cards.card_sections import CardSection, list_sections
from local_test.service.storage.records import Record

_FONT, _CODEC = "Helvetica", "cp1252"
_HEADINGS = {1: 14, 2: 12, 3: 11}
"""The size of a heading in points by its level."""


@dataclass(frozen=True)
class CardDocument:
    """A version of a card to be exported; `facts` stand below its title."""

    title: str
    facts: str
    sections: list[CardSection]


def make_document(name: str, version: Record) -> CardDocument:
    """Return the document of a card's version."""
    day = datetime.fromtimestamp(version["CreationTime"], UTC)
    facts = (
        f"Version {version['ModelCardVersion']}, {version['ModelCardStatus']},"
        f" created {day:%Y-%m-%d %H:%M} UTC"
    )
    return CardDocument(name, facts, list_sections(parse_content(version["Content"])))


def render_html(document: CardDocument) -> bytes:
    """Return the document as a page that needs no other file."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True)
    return environment.get_template("card_export.html.jinja").render(card=document).encode()


def render_pdf(document: CardDocument) -> bytes:
    """Return the document as a PDF file.

    Its font, which PDF readers have, has Western European characters; others become `?`. The HTML
    page has all.
    """
    pdf = FPDF(format="A4")
    pdf.core_fonts_encoding = _CODEC
    pdf.set_title(document.title)
    pdf.set_margin(18)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_page()
    _write(pdf, document.title, 20, "B")
    _write(pdf, document.facts, 10)
    for section in document.sections:
        pdf.ln(4)
        _write(pdf, section.title, _HEADINGS[section.level], "B")
        for label, text in section.rows:
            _write(pdf, label, 9, "B")
            _write(pdf, text, 10)
            pdf.ln(1)
    return bytes(pdf.output())


def _write(pdf: FPDF, text: str, size: int, style: str = "") -> None:
    pdf.set_font(_FONT, style, size)
    shown = text.encode(_CODEC, errors="replace").decode(_CODEC)
    pdf.multi_cell(0, size * 0.5, shown, new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR)
