"""When an inference component can be changed."""

from local_test.service.api.api_errors import invalid
from local_test.service.resources.endpoints.resource import INFERENCE_COMPONENT
from local_test.service.storage.records import Record

_BUSY = {"Creating", "Updating", "Deleting"}


def is_component_busy(record: Record) -> bool:
    """Return True while an inference component is being changed."""
    return record[INFERENCE_COMPONENT.status_field] in _BUSY


def check_component_idle(record: Record) -> None:
    """Raise ApiError when an inference component is being changed."""
    if is_component_busy(record):
        arn = record[INFERENCE_COMPONENT.arn_field]
        raise invalid(f'Cannot update in-progress inference component "{arn}".')
