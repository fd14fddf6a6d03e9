"""The journal: requests that changed moto's state, replayed after a restart.

S3 objects and log lines are saved elsewhere. Requests that only read are not kept, and of a
signature only the region and the service.
"""

import base64
import gzip
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import urllib3
from werkzeug.wrappers import Request

from local_test.errors import UserError
from local_test.service.api.json_protocol import SIGNATURE, read_credential_scope
from local_test.service.storage.state.files import append_text, open_private, read_lines
from local_test.service.storage.state.saver import Saver

READ_ONLY = re.compile("Describe|List|Get|Search|Query|BatchGet|BatchCheck|Assume|Simulate|Select")
_KEPT_ELSEWHERE = {"", "s3", "logs", "sts"}
_KEPT = ("Content-Type", "Content-Encoding", "X-Amz-Target", "X-Amz-Date")
_SECRET = ("Authorization", "X-Amz-Security-Token")
_GZIP = b"\x1f\x8b"
_log = logging.getLogger(__name__)

JournalEntry = dict[str, Any]
Migration = Callable[[Sequence[JournalEntry]], Sequence[JournalEntry]]
"""Saves elsewhere what some entries made, and returns the entries that stay in the journal."""


class Journal:
    """A file of requests, one per line; thread-safe.

    `internal` are headers that mark the service's own requests.
    """

    def __init__(self, url: str, path: Path, internal: Mapping[str, str], saver: Saver) -> None:
        self._url = url
        self._path = path
        self._internal = dict(internal)
        self._saver = saver
        self._lock = threading.Lock()
        self._pending: list[JournalEntry] = []
        self._restored = threading.Event()
        self.refused = 0

    def replay(self, migrate: Migration = list) -> None:
        """Send every request that stays again; a rejected one is logged and counted in `refused`.

        Raises UserError when a line is no request, except the last one if it is cut off.
        """
        lines = read_lines(self._path, "request")
        entries = list(
            migrate([self._read_entry(number, line) for number, line in enumerate(lines, start=1)])
        )
        if entries != lines:  # of an earlier version
            temporary = self._path.with_suffix(".new")
            with open_private(temporary, "w") as file:
                file.writelines(f"{json.dumps(entry)}\n" for entry in entries)
            temporary.replace(self._path)
        with urllib3.PoolManager(retries=False) as pool:
            for entry in entries:
                self._send(pool, entry)
        self._restored.set()

    def record(self, request: Request, body: bytes, path: str) -> None:
        """Save a request that moto has answered with success, if it may have changed something.

        `path` is the path as it was sent, not decoded. Raises OSError when the request cannot be
        written; writing is then repeated until it succeeds.
        """
        if not self._restored.is_set() or not _may_change(request, body):
            return
        region, service = read_credential_scope(request)
        entry = {
            "method": request.method,
            "path": path.rstrip("?"),
            "region": region,
            "service": service,
            "headers": {name: request.headers[name] for name in _KEPT if name in request.headers},
            "body": base64.b64encode(body).decode(),
        }
        with self._lock:
            self._pending.append(entry)
        self._saver.save(("request", service), self._write)

    def _write(self) -> None:
        with self._lock:
            text = "".join(f"{json.dumps(entry)}\n" for entry in self._pending)
            append_text(self._path, text)
            self._pending.clear()

    def _read_entry(self, number: int, line: JournalEntry) -> JournalEntry:
        try:
            return _remove_secrets(line)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{self._path} cannot be read: line {number} is no request",
                "remove the line, or choose another --state",
            ) from error

    def _send(self, pool: urllib3.PoolManager, entry: JournalEntry) -> None:
        scope = f"local/20000101/{entry['region']}/{entry['service']}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        answer = pool.request(
            entry["method"],
            f"{self._url}{entry['path']}",
            body=base64.b64decode(entry["body"]),
            headers={**entry["headers"], "Authorization": signature, **self._internal},
        )
        if answer.status >= 400:
            self.refused += 1
            _log.error(
                "not restored: %s %s of %s is refused with %d: %.200r",
                entry["headers"].get("X-Amz-Target", entry["method"]),
                entry["path"],
                entry["service"],
                answer.status,
                answer.data,
            )


def read_content(entry: JournalEntry) -> dict[str, Any]:
    """Return the JSON object in the body of an entry."""
    body = base64.b64decode(entry["body"])
    compressed = entry["headers"].get("Content-Encoding") == "gzip"
    return dict(json.loads(gzip.decompress(body) if compressed else body))


def should_keep(request: Request) -> bool:
    """Return True if a request belongs into the journal, so that its body must be kept."""
    return request.method != "GET" and read_credential_scope(request)[1] not in _KEPT_ELSEWHERE


def _may_change(request: Request, body: bytes) -> bool:
    if not should_keep(request):
        return False
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not target and (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        target = parse_qs(body.decode("utf-8", errors="replace")).get("Action", [""])[0]
    return not READ_ONLY.match(target)


def _remove_secrets(entry: JournalEntry) -> JournalEntry:
    """Return an entry without its signature, which version 0.1.0 kept."""
    headers = dict(entry["headers"])
    scope = SIGNATURE.search(headers.get("Authorization", ""))
    if "service" not in entry and scope:
        entry = {**entry, "region": scope[1], "service": scope[2]}
    for name in _SECRET:
        headers.pop(name, None)
    if base64.b64decode(entry["body"][:4]).startswith(_GZIP):  # version 0.1.0 lost the header
        headers.setdefault("Content-Encoding", "gzip")
    fields = ("method", "path", "region", "service", "body")
    return {**{name: entry[name] for name in fields}, "headers": headers}
