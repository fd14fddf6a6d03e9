"""Numbers from the reports that a model package names as its metrics.

A report is JSON as Model Monitor and the notebooks write it: a number is in the field `value` of
its metric, `{"regression_metrics": {"mse": {"value": 4.9, "standard_deviation": 0.1}}}`, or is the
field itself.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_test.errors import UserError
from local_test.service.storage.s3 import S3Storage, parse_uri

_MAX_NUMBERS = 40
_MAX_DEPTH = 20


def list_metrics(storage: S3Storage, model_metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a package's reports: title, S3 URI, and the numbers in it by their names.

    A report that is missing, or is not JSON, has no numbers.
    """
    return [
        {
            "title": f"{kind} {part}",
            "address": source["S3Uri"],
            "numbers": read_numbers(storage, source["S3Uri"]),
        }
        for kind, parts in model_metrics.items()
        for part, source in parts.items()
    ]


def read_numbers(storage: S3Storage, address: str) -> list[tuple[str, str]]:
    """Return name and value of the first 40 numbers in a JSON file, none of what is no JSON."""
    try:
        content = json.loads(storage.read(parse_uri(address)))
    except (UserError, ValueError, RecursionError):
        return []
    return list(_flatten(content, (), _MAX_DEPTH))[:_MAX_NUMBERS]


def _flatten(content: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(content, bool) or depth == 0:
        return
    if isinstance(content, int | float):
        yield ".".join(path), f"{content:.6g}"
    elif isinstance(content, dict):
        if isinstance(content.get("value"), int | float):
            yield from _flatten(content["value"], path, depth - 1)
            return
        for name, child in content.items():
            yield from _flatten(child, (*path, str(name)), depth - 1)
