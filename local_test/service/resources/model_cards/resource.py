"""The resource types of model cards and of their export jobs.

A card's record has its last version in its own fields, and all versions in `Versions`.
"""

from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record


def describe_export(status: str, time: float, reason: str = "") -> dict[str, Any]:
    """Return the fields of an export job in a status; `time` is in seconds since 1970."""
    failure = {"FailureReason": reason} if reason else {}
    fields = {"Status": status, "LastModifiedAt": time, "LastModifiedTime": time}
    return {EXPORT_JOB.status_field: status, **fields, **failure}


MODEL_CARD = ResourceType("ModelCard", "model-card", "ModelCardSummaries", "model card", shown=True)
EXPORT_JOB = ResourceType(
    "ModelCardExportJob",
    "model-card",
    "ModelCardExportJobSummaries",
    "model card export job",
    tagged=False,
    on_failure=lambda _record, reason, time: describe_export("Failed", time, reason),
    find_key=lambda record: name_export(record["ModelCardName"], record["ModelCardExportJobName"]),
)


def name_export(card: str, job: str) -> str:
    """Return the name of an export job in its ARN and its record."""
    return f"{card}/export-job/{job}".lower()


def find_card(backend: Backend, region: str, reference: str) -> Record:
    """Return the record of a model card by its name or ARN. Raises ApiError when there is none."""
    key = reference.rpartition("/")[2]
    arn = MODEL_CARD.make_arn(region, key)
    kind, name = backend.records.find_arn(region, arn) or ("", "")
    if kind != MODEL_CARD.kind or (reference != key and reference.lower() != arn):
        raise ApiError(
            "ResourceNotFound", f"Model card does not exist: {reference}. Check its name or ARN."
        )
    return backend.records.get(MODEL_CARD, region, name)


def find_version(card: Record, number: int | None) -> Record:
    """Return a version of a card, the last one without a number. Raises ApiError without it."""
    versions: list[Record] = card["Versions"]
    wanted = versions[-1]["ModelCardVersion"] if number is None else number
    found = next((one for one in versions if one["ModelCardVersion"] == wanted), None)
    if found is None:
        raise ApiError(
            "ResourceNotFound",
            f"Model card version does not exist: {card['ModelCardName']} version {number}."
            " ListModelCardVersions lists the versions.",
        )
    return found
