"""The page of an endpoint: variants, recent requests, and a form that sends a record."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_test.endpoints.multi_model import TARGET_MODEL
from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.container_log import LogPlace
from local_test.service.resources.endpoint_configs.blueprint import find_blueprint
from local_test.service.resources.endpoint_configs.resource import SHADOWS, list_configured
from local_test.service.resources.endpoints.async_invocation import list_invocations
from local_test.service.resources.endpoints.instance_count import LOG_GROUP_PREFIX
from local_test.service.resources.endpoints.live.content import describe_traffic
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION, ENDPOINT
from local_test.service.resources.lineage.drawing import draw_lineage
from local_test.service.resources.lineage.resource import CONTEXT, name_endpoint_context
from local_test.service.resources.models.container_definitions import list_containers
from local_test.service.resources.models.record_form import InputColumn, list_columns
from local_test.service.resources.page import Form, Page
from local_test.service.storage.records import Record

_MAX_ASYNC_REQUESTS = 20
_PERCENTILES = (50, 90, 99)
_CELL = "cell:"
_JSON_LINES = "application/jsonlines"


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    name = record[ENDPOINT.name_field]
    return {
        **describe_traffic(backend, region, record),
        "lineage": draw_lineage(
            backend, region, CONTEXT.make_arn(region, name_endpoint_context(name))
        ),
        "variants": _list_variants(record),
        "comparison": _describe_comparison(backend, region, name),
        "calls": _list_async_requests(backend, region, name),
        "visits": _list_recent_requests(backend, region, name),
    }


def _list_variants(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "name": variant["VariantName"],
            "kind": "Shadow variant" if field == SHADOWS else "Variant",
            "weight": variant["CurrentWeight"],
            "instances": variant["CurrentInstanceCount"],
            "notices": record.get("ImageNotices", {}).get(variant["VariantName"], ()),
            "images": [
                item["SpecifiedImage"].rpartition("/")[2]
                for item in variant.get("DeployedImages", ())
            ],
        }
        for field, variant in list_configured(record)
    ]


def _describe_comparison(backend: Backend, region: str, endpoint: str) -> dict[str, Any] | None:
    """Return how the responses of the shadow variant compare, None without a shadow variant."""
    found = backend.shadow_traffic.find_comparison((region, endpoint))
    if found is None:
        return None
    counts = found.counts
    return {
        "production": found.production,
        "shadow": found.shadow,
        "requests": counts["requests"],
        "left_out": counts["left out"],
        "equal": counts["equal"],
        "different": counts["different"],
        "other_text": counts["different in more than numbers"],
        "greatest": f"{found.greatest_difference:.6g}",
        "errors": [counts["production errors"], counts["shadow errors"]],
        "latencies": [
            (percent, *(f"{1000 * value:.1f} ms" for value in found.list_latencies(percent)))
            for percent in _PERCENTILES
            if counts["requests"]
        ],
    }


def _list_recent_requests(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    return [
        {
            "made": request.time,
            "id": request.id,
            "content_type": request.content_type,
            "size": f"{request.size:,}",
            "status": request.status,
            "error": request.error,
            "milliseconds": f"{request.milliseconds:.1f}",
        }
        for request in backend.recent_requests.list_newest(region, endpoint)
    ]


def _list_async_requests(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    return [
        {
            "made": record["CreationTime"],
            "status": record[ASYNC_INVOCATION.status_field],
            "source": record["Request"]["InputLocation"],
            "result": record.get("FailureReason") or record["OutputLocation"],
        }
        for record in reversed(list_invocations(backend, region, endpoint)[-_MAX_ASYNC_REQUESTS:])
    ]


def _list_inputs(backend: Backend, region: str, record: Record) -> Sequence[InputColumn]:
    """Return the raw columns of the first variant's model, [] if its model has no recipe."""
    blueprint = find_blueprint(record)
    if blueprint is None:
        return []
    for _, variant in list_configured(blueprint.config):
        if "ModelName" in variant:
            model = blueprint.models[variant["ModelName"]]
            return list_columns(backend, region, list_containers(model))
    return []


def _read_body(form: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the body of a request and its content type: the cells, or else the text as it is."""
    cells = {
        field.removeprefix(_CELL): text.strip() or None
        for field, text in form.items()
        if field.startswith(_CELL)
    }
    if cells and not form["body"].strip():
        return json.dumps(cells, ensure_ascii=False).encode() + b"\n", _JSON_LINES
    return form["body"].replace("\r\n", "\n").encode(), form["content_type"]


def _send_record(
    backend: Backend, region: str, name: str, form: Mapping[str, str]
) -> tuple[bool, str]:
    body, content_type = _read_body(form)
    target = {TARGET_MODEL: form["target"]} if form["target"] else {}
    try:
        with backend.running_endpoints.reserve(region, name) as (_, instance):
            response = instance.endpoint.invoke(body, content_type, form["accept"], target)
    except ApiError as error:
        return False, error.message
    except LocalError as error:
        return False, str(error)
    return response.ok, response.error or response.body.decode("utf-8", errors="replace")


ENDPOINT_PAGE = Page(
    ENDPOINT,
    Path(__file__).with_name("endpoint.html.jinja"),
    _fill,
    Form(
        {"body": "", "content_type": "text/csv", "accept": "text/csv", "target": ""},
        _send_record,
        prefix=_CELL,
        list_inputs=_list_inputs,
    ),
    is_live=True,
    find_log=lambda name: LogPlace(f"{LOG_GROUP_PREFIX}{name}"),
)
