"""Event times of records, and the times of the offline store.

Source: API, CreateFeatureGroup, `EventTimeFeatureName`: seconds since 1970, or ISO-8601 in UTC
without a fraction or with milliseconds.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from local_test.service.feature_store.value_error import make_value_error

NANOSECONDS = 10**9
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds())


def parse_event_time(name: str, kind: str, text: str) -> int:
    """Return an event time in nanoseconds since 1970; `kind` is the type of the feature `name`.

    The text must be a value of this type. Raises ApiError when it has none of the formats of times.
    """
    if kind == "String":
        return _parse_iso(name, text)
    seconds = Decimal(text)
    if not 0 <= seconds <= _LATEST:
        advice = "Use Unix seconds of the years 1970 to 9999"
        raise make_value_error(f"event time {name} is out of range: {text}", advice)
    return int(seconds * NANOSECONDS)


def _parse_iso(name: str, text: str) -> int:
    advice = "Use yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"
    if not _ISO.fullmatch(text):
        raise make_value_error(f"event time {name} has another format: {text!r}", advice)
    try:
        passed = datetime.fromisoformat(text) - _EPOCH
    except ValueError as error:
        raise make_value_error(f"event time {name} is no date: {text!r}", advice) from error
    if passed < timedelta():
        raise make_value_error(f"event time {name} is before 1970: {text}", "Use a later time")
    return (passed // timedelta(microseconds=1)) * 1000


def format_moment(nanoseconds: int) -> str:
    """Return a time as ISO-8601 in UTC, with milliseconds where it has any."""
    moment = to_datetime(nanoseconds)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def to_datetime(nanoseconds: int) -> datetime:
    """Return a time in UTC, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
