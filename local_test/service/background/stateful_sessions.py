"""Stateful sessions: the instance that each session of a container belongs to.

Source: Developer Guide, 'Stateful sessions': the container names a new session and its end in the
headers of its response; requests of a session go to the instance that opened it.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.background.variant import Instance, Variant

_EXPIRES = "expires="


@dataclass(frozen=True)
class _Session:
    """`expires` is in seconds since 1970 of the service's clock, None for never."""

    variant: Variant
    instance: Instance
    expires: float | None


@dataclass
class StatefulSessions:
    """The open sessions by region, endpoint and id; thread-safe."""

    _sessions: dict[tuple[str, str, str], _Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(
        self, region: str, endpoint: str, header: str, owner: tuple[Variant, Instance]
    ) -> None:
        """Remember a session that a container has opened: `ID; Expires=2026-01-31T12:00:00Z`."""
        session, _, attribute = header.partition(";")
        with self._lock:
            self._sessions[region, endpoint, session.strip()] = _Session(
                *owner, _parse_expiry(attribute)
            )

    def close(self, region: str, endpoint: str, session: str) -> None:
        """Forget a session that a container has closed."""
        with self._lock:
            self._sessions.pop((region, endpoint, session.strip()), None)

    def find(self, region: str, endpoint: str, session: str) -> tuple[Variant, Instance]:
        """Return the variant and the instance of a session.

        Raises ApiError when there is none, when it has expired, or its instance has ended.
        """
        with self._lock:
            found = self._sessions.get((region, endpoint, session))
            if found is not None and found.expires is not None and found.expires < now():
                found = None
            if found is None or not found.variant.has_instance(found.instance):
                self._sessions.pop((region, endpoint, session), None)
                message = f"Session {session} of endpoint {endpoint} not found or ended. Open one "
                raise ApiError("ValidationError", f"{message}with the SessionId NEW_SESSION.")
        return found.variant, found.instance


def _parse_expiry(attribute: str) -> float | None:
    text = attribute.strip()
    if not text.lower().startswith(_EXPIRES):
        return None
    try:
        moment = datetime.fromisoformat(text[len(_EXPIRES) :])
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
