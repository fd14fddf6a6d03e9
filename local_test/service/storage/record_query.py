"""A query for records of one type: filters, order and one page, answered from the columns."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Order = Literal["name", "status", "created", "modified"]
Interval = tuple[float | None, float | None]
"""Times in seconds since 1970, both excluded: after and before, None without a bound."""

Position = tuple[str | float, str]
"""Where a page ends: the value that the records are ordered by, and the name."""


@dataclass(frozen=True)
class RecordQuery:
    """What to find among the records of a type and region, in which order.

    `name_contains` ignores the case. `related` is a field with the ARN of another resource, and
    that ARN; only records with one of `names` are looked at, if they are given. Records with equal
    values are ordered by name. A page has the `limit` first records behind the position `after`, so
    that it stays where it is when records come and go.
    """

    name_contains: str = ""
    name_prefix: str = ""
    status: str | None = None
    created: Interval = (None, None)
    modified: Interval = (None, None)
    related: tuple[str, str] | None = None
    names: tuple[str, ...] | None = None
    order: Order = "created"
    descending: bool = False
    after: Position | None = None
    limit: int | None = None

    def extend(self, count: int) -> "RecordQuery":
        """Return the query of a page that is longer by so many records."""
        return self if self.limit is None else replace(self, limit=self.limit + count)

    def build_sql(self, source: str, kind: str, region: str) -> tuple[str, tuple[object, ...]]:
        """Return the statement and its values; each row has order value, name and body."""
        conditions = [("kind = ?", (kind,)), ("region = ?", (region,)), *self._list_conditions()]
        where = " AND ".join(condition for condition, _ in conditions)
        direction = "DESC" if self.descending else "ASC"
        text = (
            f"SELECT {self.order}, name, body FROM {source} WHERE {where}"  # noqa: S608
            f" ORDER BY {self.order} {direction}, name {direction} LIMIT ?"
        )
        values = [value for _, values in conditions for value in values]
        return text, (*values, -1 if self.limit is None else self.limit)

    def _list_conditions(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        if self.name_contains:
            yield "instr(lower(name), lower(?)) > 0", (self.name_contains,)
        if self.name_prefix:
            yield "substr(name, 1, ?) = ?", (len(self.name_prefix), self.name_prefix)
        if self.status is not None:
            yield "status = ?", (self.status,)
        for column, (earliest, latest) in (("created", self.created), ("modified", self.modified)):
            if earliest is not None:
                yield f"{column} > ?", (earliest,)
            if latest is not None:
                yield f"{column} < ?", (latest,)
        if self.related is not None:
            related = "SELECT source FROM main.relations WHERE type = ? AND destination = ?"
            yield f"arn IN ({related})", self.related
        if self.names is not None:
            yield "name IN (SELECT value FROM json_each(?))", (json.dumps(self.names),)
        if self.after is not None:
            yield f"({self.order}, name) {'<' if self.descending else '>'} (?, ?)", self.after
