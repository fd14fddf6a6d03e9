"""Records as rows of the database: the body, and what is looked for without reading bodies.

The body is the record. The columns beside it, the tags and the relations are indexes, written with
it in one transaction. A relation leads from a record's ARN (source) to the ARN of another resource
(destination) in one of its fields; its type is the name of the field (`...Arn`, or `...Arns` for a
list of them).
"""

import json
from dataclasses import dataclass
from typing import Any

from local_test.service.storage.state.database import Database

Pairs = tuple[tuple[str, str], ...]
_RESOURCES = "arn:aws:sagemaker:"


@dataclass(frozen=True)
class Row:
    """A row of the table `records`, with its tags and its relations; times in seconds."""

    kind: str
    region: str
    name: str
    arn: str
    status: str
    created: float
    modified: float
    body: str
    tags: Pairs
    relations: Pairs

    @property
    def columns(self) -> tuple[object, ...]:
        """The values of the columns of `records`, in the order of `COLUMNS`."""
        return tuple(getattr(self, column) for column in COLUMNS)


COLUMNS = ("kind", "region", "name", "arn", "status", "created", "modified", "body")
_CHANGING = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[3:])
_UPSERT = (
    f"INSERT INTO main.records ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
    f" ON CONFLICT (kind, region, name) DO UPDATE SET {_CHANGING} RETURNING id"
)


def make_row(kind: str, region: str, name: str, record: dict[str, Any]) -> Row:
    """Return the row of a record; `kind` is the API's name of its type."""
    arn = str(record.get(f"{kind}Arn") or "")
    created = _read_time(record.get("CreationTime"), 0.0)
    return Row(
        kind,
        region,
        name,
        arn,
        str(record.get(f"{kind}Status") or ""),
        created,
        _read_time(record.get("LastModifiedTime"), created),
        json.dumps(record, separators=(",", ":")),
        tuple(_read_tags(record.get("Tags")).items()),
        tuple(
            (field, value)
            for field, values in record.items()
            for value in _list_arns(field, values)
            if value.startswith(_RESOURCES) and value != arn
        ),
    )


def _read_tags(tags: object) -> dict[str, str]:
    """Return the tags of a record: a list of keys and values, or a mapping, as some APIs have it.

    What is neither has no tags here: a request's field of that name may be anything else.
    """
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    pairs = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in pairs if "Key" in tag}


def _list_arns(field: str, values: object) -> list[str]:
    """Return the texts in a field of an ARN or of several."""
    if field.endswith("Arn") and isinstance(values, str):
        return [values]
    if field.endswith("Arns") and isinstance(values, list):
        return [value for value in values if isinstance(value, str)]
    return []


def _read_time(value: object, missing: float) -> float:
    return float(value) if isinstance(value, int | float) else missing


def write_row(database: Database, row: Row) -> None:
    """Insert a record, or replace the one of its kind, region and name."""
    [(number,)] = database.execute(_UPSERT, row.columns)
    if set(row.tags) != set(
        database.execute("SELECT key, value FROM main.tags WHERE record = ?", (number,))
    ):
        database.execute("DELETE FROM main.tags WHERE record = ?", (number,))
        for pair in row.tags:
            database.execute("INSERT INTO main.tags VALUES (?, ?, ?)", (number, *pair))
    _write_relations(database, row.arn, row.relations)


def delete_row(database: Database, row: Row) -> None:
    """Delete a record with its tags and its relations, if it is there."""
    database.execute(
        "DELETE FROM main.records WHERE kind = ? AND region = ? AND name = ?",
        (row.kind, row.region, row.name),
    )
    _write_relations(database, row.arn, ())


def _write_relations(database: Database, arn: str, relations: Pairs) -> None:
    fields = "FROM main.relations WHERE source = ? AND type GLOB '*Arn*'"
    if not arn or set(relations) == set(
        database.execute(f"SELECT type, destination {fields}", (arn,))
    ):
        return
    database.execute(f"DELETE {fields}", (arn,))
    for pair in relations:
        database.execute("INSERT INTO main.relations VALUES (?, ?, ?)", (arn, *pair))
