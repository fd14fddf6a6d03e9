"""The statement UNLOAD, which sqlglot does not read.

Source: Athena User Guide, 'UNLOAD'.
"""

import re
from collections.abc import Callable

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import FileOptions, SelectQuery, UnloadStatement

_BEGIN = re.compile(r"\s*UNLOAD\b", re.IGNORECASE)
_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*WITH\s*\((?P<options>[^()]*)\)"
    r"\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OPTION = re.compile(r"\s*(?P<name>\w+)\s*=\s*'(?P<value>[^']*)'\s*(?:,|$)")
_ADVICE = "write UNLOAD (SELECT ...) TO 's3://bucket/folder/' WITH (format = 'PARQUET')"


def is_unload(sql: str) -> bool:
    """Return True if a text is a statement UNLOAD."""
    return _BEGIN.match(sql) is not None


def read_unload(sql: str, parse_query: Callable[[str], SelectQuery]) -> UnloadStatement:
    """Return the statement of a text; `parse_query` reads the query in it.

    Raises QueryFailed when it has another form or an option that is not supported.
    """
    match = _UNLOAD.fullmatch(sql)
    if match is None:
        raise QueryFailed("SYNTAX_ERROR: UNLOAD has another form", _ADVICE)
    options = _read_options(match["options"])
    unknown = options.keys() - {"format", "compression", "field_delimiter"}
    if unknown or "format" not in options:
        problem = f"option {min(unknown)} is not supported" if unknown else "format is missing"
        raise QueryFailed(f"NOT_SUPPORTED: UNLOAD: {problem}", _ADVICE)
    compression = options.get("compression")
    files = FileOptions(
        options["format"].upper(),
        None if compression is None else compression.upper(),
        options.get("field_delimiter", FileOptions.delimiter),
    )
    return UnloadStatement(parse_query(match["query"]), match["location"], files)


def _read_options(text: str) -> dict[str, str]:
    found, position = dict[str, str](), 0
    while text[position:].strip():
        match = _OPTION.match(text, position)
        if match is None:
            raise QueryFailed(f"NOT_SUPPORTED: UNLOAD: {text[position:].strip()}", _ADVICE)
        found[match["name"].lower()] = match["value"]
        position = match.end()
    return found
