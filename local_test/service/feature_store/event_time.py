"""Event times of records, and the times of the offline store.

Source: API, CreateFeatureGroup, `EventTimeFeatureName`: seconds since 1970, or ISO-8601 in UTC
without a fraction or with milliseconds.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from local_test.service.feature_store.value_error import make_value_error

NANOSECONDS = 10**9
_SHOWN = 60
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 2**63 - 1
"""The latest time in nanoseconds: both stores keep times in 64 bits, which end on 2262-04-11."""


def parse_event_time(name: str, kind: str, text: str) -> int:
    """Return an event time in nanoseconds since 1970; `kind` is the type of the feature `name`.

    The text must be a value of this type. A Fractional one is rounded to a double first, as in the
    offline store, so that both stores agree which of two events is later. Raises ApiError when it
    has none of the formats of times, or is out of range.
    """
    if kind == "String":
        time = _parse_iso(name, text)
    else:
        time = int(Decimal(repr(float(text))) * NANOSECONDS)
    if not 0 <= time <= _LATEST:
        advice = "Use a time from 1970-01-01 to 2262-04-11"
        raise make_value_error(f"event time {name} is out of range: {text[:_SHOWN]}", advice)
    return time


def find_expiry(event_time: int, ttl: int) -> int:
    """Return when a record of an event expires, in nanoseconds; `ttl` is in seconds.

    What is later than the last time that can be kept expires at that one.
    """
    return min(event_time + ttl * NANOSECONDS, _LATEST)


def _parse_iso(name: str, text: str) -> int:
    advice = "Use yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"
    if not _ISO.fullmatch(text):
        raise make_value_error(f"event time {name} has another format: {text[:_SHOWN]!r}", advice)
    try:
        passed = datetime.fromisoformat(text) - _EPOCH
    except ValueError as error:
        raise make_value_error(f"event time {name} is no date: {text!r}", advice) from error
    return (passed // timedelta(microseconds=1)) * 1000


def format_moment(nanoseconds: int) -> str:
    """Return a time as ISO-8601 in UTC, with milliseconds where it has any."""
    moment = to_datetime(nanoseconds)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def to_datetime(nanoseconds: int) -> datetime:
    """Return a time in UTC, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
