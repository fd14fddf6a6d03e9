"""UpdateModelPackage: what a request changes of a package, all else stays.

Source: API, UpdateModelPackage: each field is optional, customer metadata is merged key by key.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.model_cards.card_content import parse_content
from local_test.service.resources.model_packages.inference_specification import add_specifications

_MAX_METADATA = 50
_METADATA, _REMOVED = "CustomerMetadataProperties", "CustomerMetadataPropertiesToRemove"
_REPLACED = (
    "ModelApprovalStatus",
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelLifeCycle",
)
_APPROVAL = ("ModelApprovalStatus", "ApprovalDescription")


def merge_update(
    record: Mapping[str, Any], request: Mapping[str, Any], time: float
) -> dict[str, Any]:
    """Return the changed fields of a package; `time` is in seconds since 1970.

    Raises ApiError when the changes are invalid.
    """
    changes = {name: request[name] for name in _REPLACED if name in request}
    if _METADATA in request or _REMOVED in request:
        changes[_METADATA] = _merge_metadata(record.get(_METADATA) or {}, request)
    if added := request.get("AdditionalInferenceSpecificationsToAdd"):
        present = record.get("AdditionalInferenceSpecifications") or ()
        changes["AdditionalInferenceSpecifications"] = add_specifications(present, added)
    if "ModelCard" in request:
        check_model_card(request["ModelCard"], record.get("ModelCard"))
        changes["ModelCard"] = {**(record.get("ModelCard") or {}), **request["ModelCard"]}
    changed = {name for name in _APPROVAL if name in changes and changes[name] != record.get(name)}
    if changed:
        entry = make_approval_entry({**record, **changes}, time)
        changes["ApprovalHistory"] = [*record.get("ApprovalHistory", ()), entry]
    return changes | {"LastModifiedTime": time, "LastModifiedBy": {}}


def make_approval_entry(record: Mapping[str, Any], time: float) -> dict[str, Any]:
    """Return an entry of the approval history: time, status and description."""
    return {"Time": time} | {name: record[name] for name in _APPROVAL if record.get(name)}


def check_model_card(card: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> None:
    """Check the model card of a package against its schema, and that no archived one changes.

    `present` is the card that the package has. Raises ApiError. Source: API,
    ModelPackageModelCard, `ModelCardStatus`.
    """
    if "ModelCardContent" not in card:
        return
    parse_content(card["ModelCardContent"], of_package=True)
    if present and present.get("ModelCardStatus") == "Archived":
        raise invalid(
            "Model Card is in Archived state, its content cannot be updated."
            " Give it another status first."
        )


def _merge_metadata(present: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, str]:
    added, removed = request.get(_METADATA, {}), set(request.get(_REMOVED, ()))
    if both := sorted(added.keys() & removed):
        raise invalid(f"{_METADATA} and {_REMOVED} name the same key: {', '.join(both)}.")
    merged = {key: text for key, text in {**present, **added}.items() if key not in removed}
    if len(merged) > _MAX_METADATA:
        raise invalid(
            f"too many customer metadata properties: {len(merged)}. "
            f"A model package has at most {_MAX_METADATA}."
        )
    return merged
