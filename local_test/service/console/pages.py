"""The console's pages by their paths, and the form that sends a record to an endpoint."""

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from local_test.endpoints.multi_model import TARGET_MODEL
from local_test.errors import LocalError
from local_test.secret_names import mask_values
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.console import content
from local_test.service.console.metric_charts import HEIGHT, WIDTH
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.processing import job_run
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training import metric_watch
from local_test.service.resources.training.resource import TRAINING_JOB

_ROOT = "/console"
_PARTS = 3
_LARGEST_FORM = 1 << 20
_STALE = "The form is not from this page: field token. Reload the page and send the form again."
_RUNNING = {"InProgress", "Stopping", "Creating", "Updating", "Deleting"}
# Only a page of ours can send it back: a page of another origin cannot read this one.
_TOKEN = secrets.token_urlsafe(32)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With no-referrer a browser would send `Origin: null` with the form, as a foreign page does.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


def is_console_request(request: Request) -> bool:
    """Return True if a request is for the console; a signed one is for a bucket of that name."""
    if "Authorization" in request.headers:
        return False
    return request.path == _ROOT or request.path.startswith(f"{_ROOT}/")


def answer_request(backend: Backend, request: Request) -> Response:
    """Return the page of a path, 404 if there is none."""
    parts = [part for part in request.path.removeprefix(_ROOT).split("/") if part]
    try:
        if not parts:
            return _render("overview", tables=content.list_tables(backend), refresh=5)
        if len(parts) == _PARTS and parts[0] == TRAINING_JOB.path:
            return _render_training(backend, parts[1], parts[2])
        if len(parts) == _PARTS and parts[0] == PROCESSING_JOB.path:
            return _render_processing(backend, parts[1], parts[2])
        if len(parts) == _PARTS and parts[0] == ENDPOINT.path:
            return _render_endpoint(backend, parts[1], parts[2], request)
    except ApiError as error:
        return _render_missing(error.message)
    return _render_missing(f"There is no page {request.path}.")


def _render_missing(sentence: str) -> Response:
    return _render("missing", status=404, heading="Not found", sentence=sentence, refresh=0)


def _render_training(backend: Backend, region: str, name: str) -> Response:
    record = backend.records.get(TRAINING_JOB, region, name)
    steps = [
        (step["Status"], content.format_time(step["StartTime"]), step["StatusMessage"])
        for step in record["SecondaryStatusTransitions"]
    ]
    return _render(
        "training",
        refresh=2 if record[TRAINING_JOB.status_field] in _RUNNING else 0,
        record=record,
        parameters=mask_values(record.get("HyperParameters") or {}),
        steps=steps,
        curves=content.draw_metrics(backend, region, record),
        log=content.read_log(backend, region, metric_watch.LOG_GROUP, name),
        width=WIDTH,
        height=HEIGHT,
    )


def _render_processing(backend: Backend, region: str, name: str) -> Response:
    record = backend.records.get(PROCESSING_JOB, region, name)
    return _render(
        "processing",
        refresh=2 if record[PROCESSING_JOB.status_field] in _RUNNING else 0,
        record=record,
        request=content.describe_processing(record),
        log=content.read_log(backend, region, job_run.LOG_GROUP, name),
    )


def _render_endpoint(backend: Backend, region: str, name: str, request: Request) -> Response:
    request.max_content_length = _LARGEST_FORM
    form = request.form if request.method == "POST" else {}
    if form and not hmac.compare_digest(form.get("token", "").encode(), _TOKEN.encode()):
        return _render("missing", status=403, heading="Refused", sentence=_STALE, refresh=0)
    record = backend.records.get(ENDPOINT, region, name)
    fields = {
        "body": form.get("body", ""),
        "content_type": form.get("content_type", "text/csv"),
        "accept": form.get("accept", "text/csv"),
        "target": form.get("target", ""),
    }
    outcome = _send_record(backend, region, name, fields) if form else None
    running = record[ENDPOINT.status_field] in _RUNNING
    return _render(
        "endpoint",
        refresh=2 if running and outcome is None else 0,
        record=record,
        variants=content.list_variants(record),
        calls=content.list_async_requests(backend, region, name),
        visits=content.list_recent_requests(backend, region, name),
        asked=fields,
        token=_TOKEN,
        said=outcome,
    )


def _send_record(
    backend: Backend, region: str, name: str, form: Mapping[str, str]
) -> tuple[bool, str]:
    body = form["body"].replace("\r\n", "\n").encode()
    try:
        variant = backend.running_endpoints.pick_variant(region, name, None)
    except ApiError as error:
        return False, error.message
    except LocalError as error:
        return False, str(error)
    target = {TARGET_MODEL: form["target"]} if form["target"] else {}
    response = variant.endpoint.invoke(body, form["content_type"], form["accept"], target)
    return response.ok, response.error or response.body.decode("utf-8", errors="replace")


def _render(name: str, *, status: int = 200, **values: Any) -> Response:
    text = _templates.get_template(f"{name}.html.jinja").render(root=_ROOT, **values)
    return Response(text, status, _HEADERS, content_type="text/html; charset=utf-8")
