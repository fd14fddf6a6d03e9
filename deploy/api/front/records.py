"""The body of a request: one JSON record or a list of them, checked field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from .fields import Fields
from .problems import Flaw, Problem, reject_records

MEDIA_TYPE = "application/json"
# A hopeless body is not told at any length.
_MAX_FLAWS = 100
# No number of more digits is finite as a float.
_MAX_DIGITS = 400
# What an endpoint takes. A short record becomes a row that has the names of all the others.
_PAYLOAD_BYTES = 25 * 1024 * 1024

Record = Mapping[str, Any]


def read(body: bytes, fields: Fields) -> list[Record]:
    """Read the records of a body.

    Raises Problem, naming every wrong field up to a hundred, for what is no record of this model.
    """
    value = _parse_body(body)
    records = value if isinstance(value, list) else [value]
    if not records:
        raise Problem(400, "There is no record in the list.")
    flaws: list[Flaw] = []
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise Problem(400, f"Record {number} is no object of named fields.")
        record_flaws = (Flaw(number, name, detail) for name, detail in _find_flaws(record, fields))
        flaws += islice(record_flaws, _MAX_FLAWS)
        if len(flaws) >= _MAX_FLAWS:
            break
    flaws = flaws or list(islice(_find_uneven(records, fields), _MAX_FLAWS))
    if flaws:
        raise reject_records(flaws[:_MAX_FLAWS])
    return records


def payload(records: Sequence[Record], fields: Fields) -> bytes:
    """Write the endpoint's body: every row with the same names, missing values as null.

    Raises Problem where the rows would be larger than an endpoint takes.
    """
    used = {name for record in records for name in record}
    names = [name for name in fields.fields if name in used]
    least = len(records) * sum(len(f'"{name}": 0, ') for name in names)
    if least > _PAYLOAD_BYTES:
        raise Problem(413, f"{len(records)} records are too many at once. Send fewer records.")
    rows = [{name: record.get(name) for name in names} for record in records]
    return json.dumps({"instances": rows}, ensure_ascii=False).encode()


def _find_flaws(record: Record, fields: Fields) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        field = fields.fields.get(name)
        detail = fields.explain_unknown(name) if field is None else field.find_flaw(value)
        if detail:
            yield name, detail
    for name in fields.required:
        if name not in record:
            yield name, "is missing; null stands for a value that is not known"
    for group in fields.fetched:
        if detail := group.find_flaw(record):
            yield group.identifier, detail


def _find_uneven(records: Sequence[Record], fields: Fields) -> Iterator[Flaw]:
    """Find fetched fields that only some records have: the others would be sent as missing."""
    for name in (name for group in fields.fetched for name in group.names):
        lacking = [number for number, record in enumerate(records, 1) if name not in record]
        if 0 < len(lacking) < len(records):
            detail = "is missing, and other records have it; send it in all of them or in none"
            yield Flaw(lacking[0], name, detail)


def _parse_body(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_make_object,
            parse_constant=_reject_constant,
            parse_int=_parse_integer,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, "The body is not UTF-8 text.") from error
    except RecursionError as error:
        raise Problem(400, "The body is nested too deeply.") from error
    except ValueError as error:
        raise Problem(400, f"The body is not valid JSON: {error}.") from error


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"an object names {name!r} more than once")
        members[name] = value
    return members


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON; null is a missing value")
