"""Error responses: problem details for HTTP (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with one field; `record` counts from 1."""

    record: int
    field: str
    detail: str

    def __str__(self) -> str:
        return f"record {self.record}, field {self.field!r}: {self.detail}"


class Problem(Exception):
    """A request that is answered with an error: a status, a sentence, the fields that are wrong.

    `cause` is for the log alone: what the client need not know of what stands behind.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        flaws: Sequence[Flaw] = (),
        headers: Mapping[str, str] | None = None,
        cause: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.flaws = tuple(flaws)
        self.headers = dict(headers or {})
        self.cause = cause

    def to_document(self, request_id: str) -> dict[str, Any]:
        """Return the body of the answer."""
        document: dict[str, Any] = {
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.flaws:
            document["errors"] = [vars(flaw) for flaw in self.flaws]
        return document

    def to_json(self, request_id: str) -> str:
        """Return the body as JSON that is valid UTF-8: a lone surrogate stays escaped."""
        text = json.dumps(self.to_document(request_id), ensure_ascii=False)
        return text.encode(errors="backslashreplace").decode()


def reject_records(flaws: Sequence[Flaw]) -> Problem:
    """Refuse records for what is wrong with their fields; the sentence names the first."""
    more = len(flaws) - 1
    rest = f", and {more} more" if more else ""
    return Problem(400, f"{flaws[0]}{rest}", flaws=flaws)
