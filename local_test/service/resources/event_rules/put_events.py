"""PutEvents: events of clients.

Source: EventBridge API, PutEventsRequestEntry and PutEventsResultEntry.
"""

import json
from collections.abc import Mapping
from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.events.event import DEFAULT_BUS, Event
from local_test.service.resources.generic_operations import Output


def put_events(backend: Backend, call: ApiCall) -> Output:
    """Put each valid entry on its bus; an invalid one has an error in the response.

    Raises what boto3 raises when a bus does not exist.
    """
    results = [_put_entry(backend, call.region, entry) for entry in call.request["Entries"]]
    failed = sum("ErrorCode" in result for result in results)
    return {"FailedEntryCount": failed, "Entries": results}


def _put_entry(backend: Backend, region: str, entry: Mapping[str, Any]) -> dict[str, str]:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"{name} is a required argument."
            return _refuse("InvalidArgument", f"Parameter {name} is not valid. Reason: {reason}")
    if entry["Source"].startswith("aws."):
        return _refuse("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _refuse("MalformedDetail", "Detail is malformed.")
    bus = entry.get("EventBusName", DEFAULT_BUS).rpartition("/")[2]
    backend.moto_client("events", region).describe_event_bus(Name=bus)
    event = Event(
        entry["Source"],
        entry["DetailType"],
        region,
        entry.get("Time") or now(),
        detail,
        entry.get("Resources", ()),
    )
    if backend.ready.is_set():  # a journal's events were delivered before
        backend.event_bus.put(event, bus)
    return {"EventId": event.id}


def _refuse(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}
