"""Rows as bodies of InvokeEndpoint, in the format that a model reads.

Source: Developer Guide, "Analysis Configuration Files" (content_template, record_template).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.explain.kernel_shap import ObjectArray
from tandem.errors import UserError

# A request stays far below the limit of an endpoint, and is answered within its timeout.
_MAX_BYTES = 1_000_000
_NAMED_FEATURE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class RequestBody:
    """The body of one request, and how many rows it has.

    `parameters` of InvokeEndpoint replace those of the other requests.
    """

    content: bytes
    rows: int
    parameters: Mapping[str, str] = field(default_factory=dict)


def write_bodies(
    config: PredictorConfig, rows: ObjectArray, names: Sequence[str]
) -> Iterator[RequestBody]:
    """Write rows of shape (rows, features) as the bodies of as few requests as possible."""
    content_type = config.content_type or "text/csv"
    if content_type == "text/csv":
        yield from group_texts((write_csv_line(row) for row in rows), "".join)
        return
    template = config.content_template or "$features"
    if content_type == "application/jsonlines":
        lines = (fill_template(template, row, names) + "\n" for row in rows)
        yield from group_texts(lines, "".join)
        return
    records = (fill_template(config.record_template or "$features", row, names) for row in rows)
    if "$records" in template:
        yield from group_texts(
            records, lambda some: template.replace("$records", f"[{','.join(some)}]")
        )
    else:
        for record in records:
            yield RequestBody(template.replace("$record", record).encode(), 1)


def group_texts(
    texts: Iterable[str],
    join: Callable[[Sequence[str]], str],
    max_bytes: int = _MAX_BYTES,
    max_rows: int | None = None,
) -> Iterator[RequestBody]:
    """Join the texts of rows to bodies of at most `max_bytes` and `max_rows`, one row at least."""
    some: list[str] = []
    size = 0
    for text in texts:
        if some and (size + len(text) > max_bytes or len(some) == max_rows):
            yield RequestBody(join(some).encode(), len(some))
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield RequestBody(join(some).encode(), len(some))


def write_csv_line(row: Sequence[object]) -> str:
    """Return a row as a line of CSV; missing values are empty cells."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["" if _is_missing(v) else v for v in row])
    return line.getvalue()


def fill_template(template: str, row: Sequence[object], names: Sequence[str]) -> str:
    """Replace the placeholders of a template by the row's values as JSON."""
    values = [None if _is_missing(value) else _unwrap(value) for value in row]
    by_name = dict(zip(names, values, strict=True))

    def replace_named(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in by_name:
            raise UserError(f"a template of the predictor names no feature: {name!r}")
        return json.dumps(by_name[name])

    text = template.replace("$features_kvp", json.dumps(by_name))
    text = text.replace("$features", json.dumps(values))
    return _NAMED_FEATURE.sub(replace_named, text)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _unwrap(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
