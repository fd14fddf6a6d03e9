"""Render the console's templates, with the headers that a browser needs."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

from local_test.service.console import content
from local_test.service.console.assets import has_asset, make_address
from local_test.service.console.metric_charts import HEIGHT, WIDTH, draw_curves
from local_test.service.resources import registry

ROOT = "/console"
_SUFFIX = ".html.jinja"
# Scripts of our own alone, each with the nonce of its page, and what they ask this service.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With no-referrer a browser would send `Origin: null` with the form, as a foreign page does.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_FOLDERS = [
    Path(__file__).parent,
    *(page.template.parent for page in registry.PAGES),
    *(view.templates for view in registry.VIEWS),
]
_templates = Environment(
    loader=FileSystemLoader(_FOLDERS), autoescape=True, undefined=StrictUndefined
)
_templates.filters |= {"format_time": content.format_time, "draw_curves": draw_curves}
_templates.globals |= {
    "root": ROOT,
    "width": WIDTH,
    "height": HEIGHT,
    "find_page": registry.find_page,
    "asset": make_address,
    "has_asset": has_asset,
}


@dataclass(frozen=True)
class PageAnswer:
    """A response of the console, and how a browser that shows it keeps it up to date.

    `pace` is None for what stands still, 0 for a page that shows records alone, and otherwise the
    seconds after which it is rendered again even if no record changed.
    """

    response: Response
    pace: float | None = None


def render(name: str, *, status: int = 200, pace: float | None = None, **values: Any) -> PageAnswer:
    """Return a page: the template of a name with its values. It may load scripts of the console."""
    nonce = secrets.token_urlsafe(16)
    text = _templates.get_template(f"{name.removesuffix(_SUFFIX)}{_SUFFIX}").render(
        nonce=nonce, is_live=pace is not None, **values
    )
    response = Response(text, status, HEADERS, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{_POLICY}; script-src 'nonce-{nonce}'"
    return PageAnswer(response, pace)
