"""The pages of a group, with its versions, and of a package, with a form that approves it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.errors import LocalError
from local_test.secret_names import mask_values
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.lineage.drawing import draw_lineage
from local_test.service.resources.lineage.resource import make_source_arn
from local_test.service.resources.model_packages.model_metrics import list_metrics
from local_test.service.resources.model_packages.package_operations import update_package
from local_test.service.resources.model_packages.resource import (
    MODEL_PACKAGE,
    PACKAGE_GROUP,
    list_versions,
)
from local_test.service.resources.models.model_artifacts import find_address
from local_test.service.resources.page import Form, Page
from local_test.service.storage.records import Record

_FOLDER = Path(__file__).parent


def _fill_group(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    versions = list_versions(backend, region, record[PACKAGE_GROUP.name_field])
    return {
        "region": region,
        "versions": [
            {
                "key": MODEL_PACKAGE.key_of(item),
                "number": item["ModelPackageVersion"],
                "status": item["ModelPackageStatus"],
                "approval": item["ModelApprovalStatus"],
                "made": item["CreationTime"],
                "stage": item.get("ModelLifeCycle", {}).get("Stage", ""),
                "description": item.get("ModelPackageDescription", ""),
            }
            for item in reversed(versions)
        ],
    }


def _fill_package(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    containers = (record.get("InferenceSpecification") or {}).get("Containers", ())
    details = record["ModelPackageStatusDetails"]["ValidationStatuses"]
    return {
        "title": MODEL_PACKAGE.key_of(record).replace(".", "/"),
        "region": region,
        "containers": [
            {
                "image": item["Image"],
                "model_data": find_address(item),
                "environment": mask_values(item.get("Environment", {})),
            }
            for item in containers
        ],
        "validations": details,
        "metrics": list_metrics(backend.storage(region), record.get("ModelMetrics") or {}),
        "lineage": draw_lineage(
            backend, region, make_source_arn(region, record[MODEL_PACKAGE.arn_field])
        ),
        "history": list(reversed(record.get("ApprovalHistory", ()))),
    }


def _decide(backend: Backend, region: str, key: str, form: Mapping[str, str]) -> tuple[bool, str]:
    """Approve or reject a version; the text of the form becomes the approval description."""
    record = backend.records.get(MODEL_PACKAGE, region, key)
    request = {
        MODEL_PACKAGE.arn_field: record[MODEL_PACKAGE.arn_field],
        "ModelApprovalStatus": form["decision"],
        "ApprovalDescription": form["description"],
    }
    try:
        backend.api.validate("UpdateModelPackage", request)
        update_package(backend, region, request)
    except ApiError as error:
        return False, error.message
    except LocalError as error:
        return False, str(error)
    return True, f"The version is {form['decision']}."


GROUP_PAGE = Page(PACKAGE_GROUP, _FOLDER / "model_package_group.html.jinja", _fill_group)
PACKAGE_PAGE = Page(
    MODEL_PACKAGE,
    _FOLDER / "model_package.html.jinja",
    _fill_package,
    Form({"decision": "", "description": ""}, _decide),
)
