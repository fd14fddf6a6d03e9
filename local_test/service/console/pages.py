"""The console: the overview, the pages of resources by their paths, and their forms."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.console import content
from local_test.service.console.assets import read_asset
from local_test.service.console.event_stream import is_stream_request, send_page_changes
from local_test.service.console.log_stream import read_search, send_log, show_last_lines
from local_test.service.console.rendering import HEADERS, ROOT, PageAnswer, render
from local_test.service.resources import registry
from local_test.service.resources.page import Form, Page, Rendered, View

_PARTS = 3
_LARGEST_FORM = 1 << 20
_STALE = "The form is not from this page: field token. Reload the page and send the form again."
_RUNNING = {"InProgress", "Executing", "Stopping", "Creating", "Updating", "Deleting"}
_ACTIVE = {*_RUNNING, "InService", "RollingBack", "Pending", "Created", "Starting"}
_RESOURCES = "resources.json"
_LOGS = "logs"
_SECONDS = 2.0
"""Metrics and traffic change without a change of a record: a page is rendered again after this."""
# Only a page of ours can send it back: a page of another origin cannot read this one.
_TOKEN = secrets.token_urlsafe(32)


def is_console_request(request: Request) -> bool:
    """Return True if a request is for the console; a signed one is for a bucket of that name."""
    if "Authorization" in request.headers:
        return False
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def answer_request(backend: Backend, request: Request) -> Response:
    """Return the page or script of a path, 404 if there is none, or the changes of a page."""
    parts = [part for part in request.path.removeprefix(ROOT).split("/") if part]
    if parts[:1] == ["assets"] and (script := read_asset("/".join(parts[1:]))) is not None:
        return _send_script(script)
    if parts[:1] == [_LOGS] and is_stream_request(request):
        return _send_log(backend, parts[1:], request)
    if is_stream_request(request):
        return send_page_changes(
            backend.record_signal, lambda: _answer_page(backend, request, parts)
        )
    return _answer_page(backend, request, parts).response


def _answer_page(backend: Backend, request: Request, parts: list[str]) -> PageAnswer:
    try:
        if parts == [_RESOURCES]:
            return _list_resources(backend, active="all" not in request.args)
        if len(parts) <= 1 and (tables := content.list_tables(backend, *parts)):
            return render("overview", tables=tables, url=backend.url, pace=0)
        if (view := registry.find_view(parts[0])) is not None:
            return _render_view(backend, view, parts[1:], request)
        if len(parts) == _PARTS and (page := registry.find_page(parts[0])) is not None:
            return _render_resource(backend, page, parts[1], parts[2], request)
    except ApiError as error:
        return _render_missing(error.message)
    return _render_missing(f"There is no page {request.path}.")


def _list_resources(backend: Backend, *, active: bool) -> PageAnswer:
    """Return the overview's rows as JSON; with `active` those that run, serve, or are changed."""
    rows = [
        {"kind": table["path"], **row}
        for table in content.list_tables(backend)
        for row in table["rows"]
        if not active or row["status"] in _ACTIVE
    ]
    return PageAnswer(Response(json.dumps(rows), 200, HEADERS, content_type="application/json"))


def _send_log(backend: Backend, parts: Sequence[str], request: Request) -> Response:
    """Return the stream of a resource's log, 404 if there is no such resource or it has no log."""
    page = registry.find_page(parts[0]) if len(parts) == _PARTS else None
    if page is None or page.find_log is None:
        return _render_missing(f"There is no page {request.path}.").response
    resource, region, name = page.resource, parts[1], parts[2]

    def is_running() -> bool:
        try:
            record = backend.records.get(resource, region, name)
        except ApiError:
            return False
        return page.is_live or record[resource.status_field] in _RUNNING

    search = read_search(request.args)
    return send_log(backend, region, page.find_log(name), search, is_running)


def _render_missing(sentence: str) -> PageAnswer:
    return render("missing", status=404, heading="Not found", sentence=sentence)


def _render_resource(
    backend: Backend, page: Page, region: str, name: str, request: Request
) -> PageAnswer:
    sent: Mapping[str, str] = {}
    if page.form is not None and request.method == "POST":
        request.max_content_length = _LARGEST_FORM
        sent = request.form
    if sent and not hmac.compare_digest(sent.get("token", "").encode(), _TOKEN.encode()):
        return render("missing", status=403, heading="Refused", sentence=_STALE)
    said, values = None, dict[str, Any]()
    if page.form is not None:
        fields = _read_fields(page.form, sent)
        said = page.form.send(backend, region, name, fields) if sent else None
        values = {"asked": fields, "token": _TOKEN, "said": said}
    if page.find_log is not None:
        # The lines of a page that follows its record come by a stream of their own.
        followed, place = is_stream_request(request), page.find_log(name)
        values["log"] = () if followed else show_last_lines(backend, region, place)
        values["log_address"] = f"{ROOT}/{_LOGS}/{page.resource.path}/{region}/{name}"
    record = backend.records.get(page.resource, region, name)  # after the form has changed it
    if page.form is not None and page.form.list_inputs is not None:
        # A form stays as it is while the page follows its record.
        followed = is_stream_request(request)
        values["inputs"] = () if followed else page.form.list_inputs(backend, region, record)
    is_live = page.is_live or record.get(page.resource.status_field) in _RUNNING
    return render(
        page.template.name,
        pace=_SECONDS if is_live else None,
        record=record,
        arguments=request.args,
        **values,
        **page.fill(backend, region, record),
    )


def _read_fields(form: Form, sent: Mapping[str, str]) -> dict[str, str]:
    fields = {field: sent.get(field, default) for field, default in form.fields.items()}
    if form.prefix is not None:
        fields |= {field: text for field, text in sent.items() if field.startswith(form.prefix)}
    return fields


def _render_view(backend: Backend, view: View, parts: list[str], request: Request) -> PageAnswer:
    found = view.answer(backend, parts, dict(request.args.lists()))
    if found is None:
        return _render_missing(f"There is no page {request.path}.")
    if isinstance(found, Rendered):
        return render(found.template, pace=found.pace if found.is_live else None, **found.values)
    response = Response(found.text, 200, HEADERS, content_type=found.content_type)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", found.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return PageAnswer(response)


def _send_script(script: bytes) -> Response:
    # Its address has its digest: see `make_address`.
    headers = {**HEADERS, "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(script, 200, headers, content_type="text/javascript; charset=utf-8")
