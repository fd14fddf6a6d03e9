"""The page of a model: its containers and endpoints, importance, bias, and one record explained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.errors import LocalError
from local_test.secret_names import mask_values
from local_test.service.backend import Backend
from local_test.service.resources.model_pages.analyses import list_analyses
from local_test.service.resources.model_pages.bias import find_bias
from local_test.service.resources.model_pages.explanation import (
    ExplainedRecord,
    TypedRecord,
    explain_record,
)
from local_test.service.resources.model_pages.importance import list_importances
from local_test.service.resources.model_pages.serving_variants import list_endpoints, list_serving
from local_test.service.resources.models.container_definitions import (
    list_containers,
    resolve_packages,
)
from local_test.service.resources.models.model_artifacts import find_address
from local_test.service.resources.models.record_form import list_columns
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.page import Form, Page
from local_test.service.storage.records import Record

_CELL = "cell:"
_NONE_SERVES = (
    "No endpoint of this model is InService any more. Create one with CreateEndpointConfig and"
    " CreateEndpoint, and send the record again."
)


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    name = record[MODEL.name_field]
    containers, problem = _resolve_containers(backend, region, record)
    endpoints = list_endpoints(backend, region, name)
    analyses = list_analyses(backend, region, record, {one for one, _ in endpoints})
    return {
        "region": region,
        "containers": [
            {
                "image": item.get("Image", item.get("ModelPackageName", "")),
                "model_data": find_address(item),
                "environment": mask_values(item.get("Environment", {})),
            }
            for item in containers
        ],
        "problem": problem,
        "endpoints": endpoints,
        "importances": list_importances(backend, region, containers, analyses),
        "biases": find_bias(analyses),
        "columns": list_columns(backend, region, containers),
        "cell": _CELL,
        "serving": list_serving(backend, region, name),
        "is_multi_model": any(item.get("Mode") == "MultiModel" for item in containers),
    }


def _resolve_containers(
    backend: Backend, region: str, record: Record
) -> tuple[list[Mapping[str, Any]], str]:
    """Return a model's containers, and why those of a model package cannot be read, else ""."""
    try:
        return list(resolve_packages(backend, region, record)), ""
    except LocalError as error:
        return list(list_containers(record)), str(error)


def _explain(
    backend: Backend, region: str, name: str, form: Mapping[str, str]
) -> tuple[bool, ExplainedRecord | str]:
    serving = {one.key: one for one in list_serving(backend, region, name)}
    chosen = serving.get(form["variant"]) or next(iter(serving.values()), None)
    if chosen is None:
        return False, _NONE_SERVES
    cells = {
        field.removeprefix(_CELL): text.strip()
        for field, text in form.items()
        if field.startswith(_CELL)
    }
    record = TypedRecord(cells, form["line"], form["target"])
    explained = explain_record(backend, region, chosen, record)
    return bool(explained.explanations), explained


MODEL_PAGE = Page(
    MODEL,
    Path(__file__).with_name("model.html.jinja"),
    _fill,
    Form({"variant": "", "line": "", "target": ""}, _explain, prefix=_CELL),
)
