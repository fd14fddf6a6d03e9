"""The online store on a Redis server: a text for each record, and the identifiers of a group.

A change compares what it read with what is stored and writes in one script, so that two services
with one server do not lose an update of each other. Redis removes expired records by itself; until
then the time of the call decides, which is that of the service's clock.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from local_test.errors import UserError
from local_test.extras import require_extra
from local_test.service.api.api_errors import ApiError
from local_test.service.feature_store.online_store import OnlineRecord

_PREFIX = "local-sagemaker:features"
_NANOSECONDS = 1_000_000  # of a millisecond
_SECONDS = 5.0
_PAGE = 1000
_SWAP = """
local current = redis.call('GET', KEYS[1])
if (current or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[3])
else
  if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[2])
  else redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[4]) end
  redis.call('ZADD', KEYS[2], 0, ARGV[3])
end
return 1
"""
"""Store ARGV[2] unless something else than ARGV[1] is stored; 1 where it was done."""


class RedisOnlineStore:
    """The latest records of all groups on a Redis server; thread-safe.

    Raises ApiError (ServiceUnavailable) wherever the server does not answer.
    """

    def __init__(self, url: str) -> None:
        self._client = _connect(url)
        self._swap = self._client.register_script(_SWAP)

    def find(self, store: str, identifier: str, time: int) -> OnlineRecord | None:
        """Return the record of an identifier, deleted ones too, None if there is none."""
        with _translate_errors():
            text = self._client.get(_name_record(store, identifier))
        return _read_record(identifier, text, time)

    def change(
        self,
        store: str,
        identifier: str,
        time: int,
        choose: Callable[[OnlineRecord | None], OnlineRecord | None],
    ) -> None:
        """Replace what is stored by what `choose` returns of it, None for nothing.

        `choose` is called again where another service has changed the record meanwhile.
        """
        key, index = _name_record(store, identifier), _name_index(store)
        with _translate_errors():
            while True:
                text = self._client.get(key)
                current = _read_record(identifier, text, time)
                chosen = choose(current)
                if chosen is current and chosen is not None:
                    return
                value = "" if chosen is None else _write_record(chosen)
                expires = None if chosen is None else chosen.expires
                moment = "" if expires is None else str(max(1, expires // _NANOSECONDS))
                if self._swap([key, index], [text or "", value, identifier, moment]):
                    return

    def list_identifiers(
        self, store: str, time: int, after: str, limit: int, *, deleted: bool
    ) -> list[str]:
        """Return the first identifiers behind one in the order of text, or deleted ones too."""
        found = list[str]()
        start = f"({after}" if after else "-"
        with _translate_errors():
            for page in self._read_index(store, start):
                texts = self._client.mget([_name_record(store, one) for one in page])
                for identifier, text in zip(page, texts, strict=True):
                    record = _read_record(identifier, text, time)
                    if record is not None and (deleted or record.items is not None):
                        found.append(identifier)
                if len(found) >= limit:
                    break
        return found[:limit]

    def count_bytes(self, store: str) -> int:
        """Return the size of a group's records in bytes."""
        total = 0
        with _translate_errors():
            for page in self._read_index(store, "-"):
                pipeline = self._client.pipeline(transaction=False)
                for identifier in page:
                    pipeline.strlen(_name_record(store, identifier))
                total += sum(len(one.encode()) for one in page) + sum(pipeline.execute())
        return total

    def drop(self, store: str) -> None:
        """Remove all records of a group."""
        with _translate_errors():
            for page in self._read_index(store, "-"):
                self._client.unlink(*(_name_record(store, one) for one in page))
            self._client.unlink(_name_index(store))

    def check(self) -> None:
        """Raise ApiError unless the server answers."""
        with _translate_errors():
            self._client.ping()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _read_index(self, store: str, start: str) -> Iterator[list[str]]:
        """Yield the identifiers of a group in the order of text, some at a time."""
        while True:
            page = self._client.zrangebylex(_name_index(store), start, "+", 0, _PAGE)
            if not page:
                return
            yield page
            start = f"({page[-1]}"


def _connect(url: str) -> Any:
    """Return a client. Raises UserError when the URL is invalid or the package is missing."""
    with require_extra("the online store", "redis"):
        import redis
    try:
        return redis.Redis.from_url(
            url,
            decode_responses=True,
            encoding_errors="replace",  # lone surrogates, as in the SQLite file
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
        )
    except ValueError as error:
        raise UserError(
            f"invalid URL of an online store: {urlsplit(url).scheme}://...",
            "write redis://HOST:PORT/DATABASE",
        ) from error


@contextmanager
def _translate_errors() -> Iterator[None]:
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        message = f"Online store unavailable: Redis: {error}. Try again when the server answers."
        raise ApiError("ServiceUnavailable", message, 503) from error


def _name_record(store: str, identifier: str) -> str:
    return f"{_PREFIX}:{{{store}}}:record:{identifier}"


def _name_index(store: str) -> str:
    return f"{_PREFIX}:{{{store}}}:identifiers"


def _write_record(record: OnlineRecord) -> str:
    return json.dumps([record.event_time, record.expires, record.items])


def _read_record(identifier: str, text: str | None, time: int) -> OnlineRecord | None:
    """Return the record of a text, None for no text and for one that is expired."""
    if text is None:
        return None
    event_time, expires, items = json.loads(text)
    record = OnlineRecord(identifier, event_time, items, expires)
    return None if record.is_expired(time) else record
