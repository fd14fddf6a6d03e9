"""Sessions of the roles that jobs and models run with, and their expiring credentials.

Source: Developer Guide, 'SageMaker AI execution roles': a container acts as the role of its job or
model; the assumed role's session is named `SageMaker`.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local_test.service.api.resource_type import ACCOUNT

SESSION_NAME = "SageMaker"
_LIFETIME = timedelta(hours=1)
_RENEWED_BEFORE = timedelta(minutes=30)
"""Clients ask again 15 minutes before the end, or earlier: they then get later credentials."""


@dataclass(frozen=True, repr=False)
class RoleCredentials:
    """Credentials of an assumed role."""

    role_arn: str
    access_key: str
    secret_key: str
    session_token: str
    issued: datetime
    expiration: datetime

    @property
    def role_name(self) -> str:
        """The role's name, without its path."""
        return self.role_arn.rpartition("/")[2]


@dataclass
class _Session:
    region: str
    role_arn: str
    current: RoleCredentials | None = None


class RoleSessions:
    """The open sessions by their secret key; thread-safe.

    `find_sts` returns an STS client for a region.
    """

    def __init__(self, find_sts: Callable[[str], Any]) -> None:
        self._find_sts = find_sts
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    def open(self, region: str, role_arn: str) -> str:
        """Open a session of a role, and return the key that its containers fetch with."""
        key = secrets.token_urlsafe()
        with self._lock:
            self._sessions[key] = _Session(region, _move_to_account(role_arn))
        return key

    def close(self, key: str) -> None:
        """End a session: its key is no longer valid."""
        with self._lock:
            self._sessions.pop(key, None)

    def get_credentials(self, key: str) -> RoleCredentials | None:
        """Return credentials for at least half an hour, None if there is no such session."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if session.current is None or _is_old(session.current):
                session.current = self._assume(session)
            return session.current

    def _assume(self, session: _Session) -> RoleCredentials:
        issued = datetime.now(UTC)
        answer = self._find_sts(session.region).assume_role(
            RoleArn=session.role_arn,
            RoleSessionName=SESSION_NAME,
            DurationSeconds=int(_LIFETIME.total_seconds()),
        )["Credentials"]
        return RoleCredentials(
            session.role_arn,
            answer["AccessKeyId"],
            answer["SecretAccessKey"],
            answer["SessionToken"],
            issued,
            answer["Expiration"].astimezone(UTC),
        )


def _is_old(credentials: RoleCredentials) -> bool:
    return datetime.now(UTC) >= credentials.expiration - _RENEWED_BEFORE


def _move_to_account(role_arn: str) -> str:
    """Return the role of the same name in the only account that there is here."""
    *start, _, role = role_arn.split(":", 5)
    return ":".join([*start, ACCOUNT, role])
