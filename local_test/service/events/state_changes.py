"""Events of resources whose state has changed.

Source: Developer Guide, 'Events that Amazon SageMaker AI sends to Amazon EventBridge'. The detail
of most is the description of the resource, with times in milliseconds since 1970 and its tags.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.service_model import ServiceModel, select_fields
from local_test.service.events.event import Event
from local_test.service.storage.record_changes import RecordChange

SOURCE = "aws.sagemaker"


class EventSource(Protocol):
    """Makes events of the changes of one resource type."""

    @property
    def resource(self) -> ResourceType:
        """The resource type whose records are watched."""

    def build(self, api: ServiceModel, change: RecordChange) -> Iterator[Event]:
        """Return the events of a change, none where it is of no interest."""


@dataclass(frozen=True)
class StateChangeEvents:
    """One event for each new record, and for each change of a watched field.

    `describe` is the operation whose response is the detail, `watched` are the fields, and
    `removal` says that the removal of a record is an event as well. `form_status` gives the status
    the spelling of the event, `form_time` a time (seconds since 1970) its form in the detail.
    `updates` is a field of the detail, and the fields of which it lists those that have changed.
    """

    resource: ResourceType
    detail_type: str
    describe: str
    watched: tuple[str, ...] = ()
    removal: bool = False
    form_status: Callable[[str], str] = str
    form_time: Callable[[float], Any] = lambda seconds: int(1000 * seconds)
    updates: tuple[str, Sequence[str]] | None = None

    def build(self, api: ServiceModel, change: RecordChange) -> Iterator[Event]:
        """Return the event of a change, if a watched field has changed."""
        record = change.before if change.after is None and self.removal else change.after
        is_update = change.before is not None and change.after is not None
        if record is None or (is_update and not any(_has_changed(change, n) for n in self.watched)):
            return
        shape = api.get_operation(self.describe).output_shape
        detail = convert_times(select_fields(record, shape), shape, self.form_time)
        status = self.resource.status_field
        if status in detail:
            detail[status] = self.form_status(detail[status])
        if self.resource.tagged:
            detail["Tags"] = {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}
        if self.updates is not None and change.before is not None:
            field, names = self.updates
            detail[field] = [name for name in names if _has_changed(change, name)]
        arn = record[self.resource.arn_field]
        yield Event(SOURCE, self.detail_type, change.region, now(), detail, (arn,))


def _has_changed(change: RecordChange, name: str) -> bool:
    return (change.before or {}).get(name) != (change.after or {}).get(name)


def convert_times(value: Any, shape: Shape, form: Callable[[float], Any]) -> Any:
    """Return a value of a shape whose times (seconds since 1970) have another form."""
    if shape.type_name == "timestamp":
        return form(value)
    if shape.type_name == "list":
        return [convert_times(entry, shape.member, form) for entry in value]
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {
            name: convert_times(entry, shape.members[name], form)
            if name in shape.members
            else entry
            for name, entry in value.items()
        }
    return value


def to_upper_snake(status: str) -> str:
    """Return a status as events of endpoints spell it: `IN_SERVICE` for `InService`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
