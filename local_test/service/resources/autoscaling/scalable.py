"""What scales: the instances of a variant, or the copies of an inference component."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.capacity import change_capacity
from local_test.service.resources.endpoints.resource import (
    ENDPOINT,
    INFERENCE_COMPONENT,
    is_busy,
)
from local_test.service.resources.inference_components.copy_count import change_copies
from local_test.service.resources.inference_components.resource import is_component_busy
from local_test.service.storage.records import Record

VARIANT_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
COMPONENT_DIMENSION = "sagemaker:inference-component:DesiredCopyCount"
DIMENSIONS = (VARIANT_DIMENSION, COMPONENT_DIMENSION)
_VARIANT = re.compile("endpoint/([^/]+)/variant/([^/]+)")
_COMPONENT = re.compile("inference-component/([^/]+)")


@dataclass(frozen=True)
class ResourceId:
    """An endpoint and its variant, or an inference component; the others are "".

    `text` is the id as requests have it.
    """

    text: str
    endpoint: str = ""
    variant: str = ""
    component: str = ""

    @property
    def dimension(self) -> str:
        """The scalable dimension of such a resource."""
        return COMPONENT_DIMENSION if self.component else VARIANT_DIMENSION

    @property
    def unit(self) -> str:
        """What is counted, for sentences."""
        return "copy count" if self.component else "instance count"


def parse_resource(text: str) -> ResourceId:
    """Parse a ResourceId. Raises ApiError when it has another form."""
    if match := _VARIANT.fullmatch(text):
        return ResourceId(text, match[1], match[2])
    if match := _COMPONENT.fullmatch(text):
        return ResourceId(text, component=match[1])
    raise invalid(
        f"ResourceId {text} is no variant and no inference component. Write "
        "endpoint/NAME/variant/NAME or inference-component/NAME."
    )


@dataclass(frozen=True)
class ScalableState:
    """The state of a resource: how many there are and are desired, and whether this changes.

    `modified` is the time of its last change in seconds since 1970, `failure` why that failed.
    """

    current: int
    desired: int
    is_busy: bool
    modified: float
    failure: str
    may_be_zero: bool


def read_state(backend: Backend, region: str, text: str) -> ScalableState:
    """Return the state of a resource. Raises ApiError when it does not exist."""
    resource = parse_resource(text)
    if resource.component:
        record = backend.records.get(INFERENCE_COMPONENT, region, resource.component)
        counts = record["RuntimeConfig"]
        return _make_state(
            record,
            (counts["CurrentCopyCount"], counts["DesiredCopyCount"]),
            busy=is_component_busy(record),
            may_be_zero=True,
        )
    record = backend.records.get(ENDPOINT, region, resource.endpoint)
    variants: Mapping[str, Any] = {
        item["VariantName"]: item for item in record.get("ProductionVariants", ())
    }
    if resource.variant not in variants:
        names = ", ".join(variants)
        message = f"Endpoint {resource.endpoint} has no variant {resource.variant}: {names}."
        raise invalid(message)
    variant = variants[resource.variant]
    return _make_state(
        record,
        (variant.get("CurrentInstanceCount", 0), variant["DesiredInstanceCount"]),
        busy=is_busy(record),
        may_be_zero=bool(record.get("AsyncInferenceConfig")),
    )


def _make_state(
    record: Record, counts: tuple[int, int], *, busy: bool, may_be_zero: bool
) -> ScalableState:
    current, desired = counts
    modified = "LastModifiedTime" if "LastModifiedTime" in record else "CreationTime"
    return ScalableState(
        int(current),
        int(desired),
        busy,
        float(record[modified]),
        record.get("FailureReason") or "",
        may_be_zero,
    )


def set_desired(backend: Backend, region: str, text: str, desired: int) -> None:
    """Change the number of a resource. Raises ApiError when it is being changed, or cannot be."""
    resource = parse_resource(text)
    if resource.component:
        change_copies(backend, region, resource.component, desired)
    else:
        wanted = {resource.variant: {"DesiredInstanceCount": desired}}
        change_capacity(backend, region, resource.endpoint, wanted)
