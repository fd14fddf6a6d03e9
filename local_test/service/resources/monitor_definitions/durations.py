"""Offsets of a monitor's window, in the ISO 8601 form of durations that the API takes.

Source: Developer Guide, 'Schedule model quality monitoring jobs'.
"""

import re

from local_test.service.api.api_errors import invalid

_FORM = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


def parse_offset(text: str, field: str) -> int:
    """Return an offset in seconds, zero or negative. Raises ApiError for any other text."""
    match = _FORM.fullmatch(text)
    parts = {} if match is None else {n: match[n] for n in _SECONDS if match[n] is not None}
    if match is None or not parts:
        raise invalid(f"no ISO 8601 duration: {field} {text!r}. Write -PT1H or -P1D.")
    seconds = sum(_SECONDS[name] * int(number) for name, number in parts.items())
    if seconds and not match["sign"]:
        raise invalid(f"an offset into the future: {field} {text!r}. Write -{text}.")
    return -seconds
