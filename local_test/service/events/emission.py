"""Put the events of resources on the default bus, as their records change."""

from collections.abc import Sequence

from local_test.service.api.service_model import ServiceModel
from local_test.service.events.bus import EventBus
from local_test.service.events.state_changes import EventSource
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Records


def emit_changes(
    records: Records, bus: EventBus, api: ServiceModel, sources: Sequence[EventSource]
) -> None:
    """Put an event on the bus for each change of a record that a source makes an event of."""

    def emit(change: RecordChange) -> None:
        for source in sources:
            if source.resource == change.resource:
                for event in source.build(api, change):
                    bus.put(event)

    records.subscribe(emit)
