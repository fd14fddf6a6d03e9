"""A walk over relations: which resources are reached from one by records that link two resources.

A link is a record of one kind with two fields that hold the ARNs of its ends; the table of
relations has both. The walk is one recursive query (https://www.sqlite.org/lang_with.html).
"""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["Both", "Ascendants", "Descendants"]


@dataclass(frozen=True)
class RelationWalk:
    """A walk from the resource with the ARN `start` along at most `max_depth` links.

    `kind` is the kind of the links, `source` and `destination` are their fields. Descendants are
    reached from source to destination, ascendants the other way.
    """

    kind: str
    source: str
    destination: str
    start: str
    direction: Direction
    max_depth: int

    def build_sql(self, records: str, region: str) -> tuple[str, tuple[object, ...]]:
        """Return the statement and its values; each row has an ARN and its least depth."""
        steps = {
            "Descendants": [(self.source, self.destination)],
            "Ascendants": [(self.destination, self.source)],
            "Both": [(self.source, self.destination), (self.destination, self.source)],
        }[self.direction]
        # CROSS JOIN keeps the order of the tables, so that each step reads indexes alone.
        step = (
            " UNION SELECT next.destination, walk.depth + 1 FROM walk"  # noqa: S608
            " CROSS JOIN main.relations AS here ON here.destination = walk.arn AND here.type = ?"
            " CROSS JOIN main.relations AS next ON next.source = here.source AND next.type = ?"
            f" CROSS JOIN {records} AS link ON link.arn = here.source"
            " AND link.kind = ? AND link.region = ? WHERE walk.depth < ?"
        )
        text = (
            f"WITH RECURSIVE walk(arn, depth) AS (SELECT ?, 0{step * len(steps)})"  # noqa: S608
            " SELECT arn, min(depth) FROM walk GROUP BY arn ORDER BY min(depth), arn"
        )
        values: list[object] = [self.start]
        for here, following in steps:
            values += [here, following, self.kind, region, self.max_depth]
        return text, tuple(values)
