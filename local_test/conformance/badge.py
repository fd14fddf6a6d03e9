"""A badge of the result: an SVG image, or JSON from which shields.io draws one.

Source of the JSON: Shields.io, "Endpoint Badge".
"""

import json
from html import escape
from pathlib import Path

from local_test.conformance.check import CheckStatus
from local_test.conformance.runner import ConformanceReport
from local_test.errors import UserError

_LABEL = "SageMaker contract"
_GREEN, _RED = "#2e7d32", "#c62828"
_FORMS = (".svg", ".json")
_CHARACTER, _PADDING = 7, 10  # widths in pixels; textLength fits the text to them


def check_badge_path(path: Path) -> None:
    """Raise UserError unless a badge can be written to a file of this name."""
    if path.suffix.lower() not in _FORMS:
        raise UserError(f"unsupported badge format: {path}", f"use {' or '.join(_FORMS)}")


def to_badge(report: ConformanceReport, path: Path) -> str:
    """Return the badge in the format of the file's name, SVG or JSON."""
    checked = [v for v in report.verdicts if v.status is not CheckStatus.NOT_APPLICABLE]
    passed = report.count(CheckStatus.PASSED)
    message = f"{passed} of {len(checked)} checks" if report.fatal else f"{passed} checks passed"
    colour = _RED if report.fatal else _GREEN
    if path.suffix.lower() == ".json":
        values = {"schemaVersion": 1, "label": _LABEL, "message": message, "color": colour}
        return json.dumps({**values, "isError": bool(report.fatal)}) + "\n"
    return _draw(message, colour)


def _draw(message: str, colour: str) -> str:
    left, right = (len(text) * _CHARACTER + 2 * _PADDING for text in (_LABEL, message))
    title = escape(f"{_LABEL}: {message}")
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{len(text) * _CHARACTER}">{escape(text)}</text>'
        for x, text in ((_PADDING, _LABEL), (left + _PADDING, message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{title}</title>"
        f'<rect width="{left}" height="20" fill="#424242"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>'
        "</svg>\n"
    )
