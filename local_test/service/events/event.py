"""Events in the form of EventBridge.

Source: EventBridge User Guide, 'AWS service event metadata'.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local_test.service.api.resource_type import ACCOUNT

DEFAULT_BUS = "default"


@dataclass(frozen=True)
class Event:
    """One event; `time` is in seconds since 1970, `resources` are ARNs."""

    source: str
    detail_type: str
    region: str
    time: float
    detail: Mapping[str, Any]
    resources: Sequence[str] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def to_message(self) -> dict[str, Any]:
        """Return the event as rules match it and targets receive it."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT,
            "time": format_time(self.time),
            "region": self.region,
            "resources": list(self.resources),
            "detail": dict(self.detail),
        }


def format_time(seconds: float) -> str:
    """Return a time (seconds since 1970) as events have it: ISO 8601 in UTC, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
