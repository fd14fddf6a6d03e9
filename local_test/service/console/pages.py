"""The console: the overview, the pages of resources by their paths, and their forms."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.console import content
from local_test.service.console.assets import has_asset, make_address, read_asset
from local_test.service.console.metric_charts import HEIGHT, WIDTH, draw_curves
from local_test.service.resources import registry
from local_test.service.resources.page import Page, Rendered, View

_ROOT = "/console"
_PARTS = 3
_SUFFIX = ".html.jinja"
_LARGEST_FORM = 1 << 20
_STALE = "The form is not from this page: field token. Reload the page and send the form again."
_RUNNING = {"InProgress", "Executing", "Stopping", "Creating", "Updating", "Deleting"}
_ACTIVE = {*_RUNNING, "InService", "RollingBack", "Pending", "Created", "Starting"}
_RESOURCES = "resources.json"
# Only a page of ours can send it back: a page of another origin cannot read this one.
_TOKEN = secrets.token_urlsafe(32)
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With no-referrer a browser would send `Origin: null` with the form, as a foreign page does.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_FRAME_HEADERS = {
    **_HEADERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
    "X-Frame-Options": "SAMEORIGIN",
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
    "root": _ROOT,
    "width": WIDTH,
    "height": HEIGHT,
    "find_page": registry.find_page,
    "asset": make_address,
    "has_asset": has_asset,
}


def is_console_request(request: Request) -> bool:
    """Return True if a request is for the console; a signed one is for a bucket of that name."""
    if "Authorization" in request.headers:
        return False
    return request.path == _ROOT or request.path.startswith(f"{_ROOT}/")


def answer_request(backend: Backend, request: Request) -> Response:
    """Return the page or script of a path, 404 if there is none."""
    parts = [part for part in request.path.removeprefix(_ROOT).split("/") if part]
    if parts[:1] == ["assets"] and (script := read_asset("/".join(parts[1:]))) is not None:
        return _send_script(script)
    return _answer_page(backend, request, parts)


def _answer_page(backend: Backend, request: Request, parts: list[str]) -> Response:
    try:
        if parts == [_RESOURCES]:
            return _list_resources(backend, active="all" not in request.args)
        if len(parts) <= 1 and (tables := content.list_tables(backend, *parts)):
            return _render("overview", tables=tables, refresh=5)
        if (view := registry.find_view(parts[0])) is not None:
            return _render_view(backend, view, parts[1:], request)
        if len(parts) == _PARTS and (page := registry.find_page(parts[0])) is not None:
            return _render_resource(backend, page, parts[1], parts[2], request)
    except ApiError as error:
        return _render_missing(error.message)
    return _render_missing(f"There is no page {request.path}.")


def _list_resources(backend: Backend, *, active: bool) -> Response:
    """Return the overview's rows as JSON; with `active` those that run, serve, or are changed."""
    rows = [
        {"kind": table["path"], **row}
        for table in content.list_tables(backend)
        for row in table["rows"]
        if not active or row["status"] in _ACTIVE
    ]
    return Response(json.dumps(rows), 200, _HEADERS, content_type="application/json")


def _render_missing(sentence: str) -> Response:
    return _render("missing", status=404, heading="Not found", sentence=sentence, refresh=0)


def _render_resource(
    backend: Backend, page: Page, region: str, name: str, request: Request
) -> Response:
    sent: Mapping[str, str] = {}
    if page.form is not None and request.method == "POST":
        request.max_content_length = _LARGEST_FORM
        sent = request.form
    if sent and not hmac.compare_digest(sent.get("token", "").encode(), _TOKEN.encode()):
        return _render("missing", status=403, heading="Refused", sentence=_STALE, refresh=0)
    said, values = None, dict[str, Any]()
    if page.form is not None:
        fields = {field: sent.get(field, default) for field, default in page.form.fields.items()}
        said = page.form.send(backend, region, name, fields) if sent else None
        values = {"asked": fields, "token": _TOKEN, "said": said}
    record = backend.records.get(page.resource, region, name)  # after the form has changed it
    changing = {"Creating"} if page.is_live else _RUNNING
    running = record[page.resource.status_field] in changing
    return _render(
        page.template.name.removesuffix(_SUFFIX),
        nonce=secrets.token_urlsafe(16) if page.has_scripts else "",
        refresh=2 if running and said is None else 0,
        record=record,
        arguments=request.args,
        **values,
        **page.fill(backend, region, record),
    )


def _render_view(backend: Backend, view: View, parts: list[str], request: Request) -> Response:
    found = view.answer(backend, parts, dict(request.args.lists()))
    if found is None:
        return _render_missing(f"There is no page {request.path}.")
    if isinstance(found, Rendered):
        nonce = secrets.token_urlsafe(16) if found.scripts else ""
        page = _render(found.template, nonce=nonce, refresh=found.refresh, **found.values)
        if found.in_frame:
            page.headers.update(_FRAME_HEADERS)
        return page
    response = Response(found.text, 200, _HEADERS, content_type=found.content_type)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", found.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _send_script(script: bytes) -> Response:
    # Its address has its digest: see `make_address`.
    headers = _HEADERS | {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(script, 200, headers, content_type="text/javascript; charset=utf-8")


def _render(name: str, *, status: int = 200, nonce: str = "", **values: Any) -> Response:
    """Return a page. With a nonce it may load the scripts that have it, and no others."""
    text = _templates.get_template(f"{name}{_SUFFIX}").render(nonce=nonce, **values)
    response = Response(text, status, _HEADERS, content_type="text/html; charset=utf-8")
    if nonce:
        response.headers["Content-Security-Policy"] = f"{_POLICY}; script-src 'nonce-{nonce}'"
    return response
