"""Requests of an earlier version's journal, kept for moto, that a resource answers now."""

import base64
import logging
from collections.abc import Callable, Sequence

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local_test.service.backend import Backend
from local_test.service.storage.state.journal import JournalEntry

_log = logging.getLogger(__name__)


def take_over(
    service: str, answer: Callable[[Backend, Request], Response]
) -> Callable[[Backend, Sequence[JournalEntry]], Sequence[JournalEntry]]:
    """Return the `migrate` of a resource: the requests to a service are answered once more.

    They become records, and leave the journal.
    """

    def migrate(backend: Backend, entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
        for entry in entries:
            if entry["service"] == service:
                response = answer(backend, _build_request(entry))
                if response.status_code >= 400:
                    what = f"{entry['method']} {entry['path']} of {service}"
                    _log.error("not restored: %s: %.200r", what, response.data)
        return [entry for entry in entries if entry["service"] != service]

    return migrate


def _build_request(entry: JournalEntry) -> Request:
    scope = f"local/20000101/{entry['region']}/{entry['service']}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    path, _, query = entry["path"].partition("?")
    headers: dict[str, str] = {**entry["headers"], "Authorization": signature}
    return EnvironBuilder(
        path,
        method=entry["method"],
        query_string=query,
        headers=Headers(headers),
        data=base64.b64decode(entry["body"]),
    ).get_request(Request)
