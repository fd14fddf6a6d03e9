"""The graph around an entity: what a walk reaches, and which part of it leads to what is sought.

Source: API, QueryLineage: a depth is a number of associations; with edges, the entities and
associations on the path to what the filters match are in the answer too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local_test.service.backend import Backend
from local_test.service.resources.lineage.association_operations import list_associations
from local_test.service.resources.lineage.entities import LineageEntity, find_entity
from local_test.service.resources.lineage.resource import ASSOCIATION
from local_test.service.storage.relation_walk import Direction, RelationWalk

MAX_DEPTH = 10
"""Source: Developer Guide, 'Querying Lineage Entities', limitations."""


@dataclass(frozen=True, order=True)
class LineageEdge:
    """An association: the ARNs of its ends and its type, "" for none."""

    source: str
    destination: str
    type: str = ""


@dataclass(frozen=True)
class LineageGraph:
    """Entities by ARN in the order of their depths, and the edges between them.

    `start` is the ARN that the walk began at, `direction` where it went; `depths` are the fewest
    associations from the start.
    """

    start: str
    direction: Direction
    entities: dict[str, LineageEntity]
    edges: tuple[LineageEdge, ...]
    depths: dict[str, int]

    def find_paths(self, matches: Callable[[LineageEntity], bool]) -> set[str]:
        """Return the ARNs on the paths from the start to all entities that match.

        Where the walk went both ways, these are the shortest paths, as any others go in circles.
        """
        behind: dict[str, list[str]] = {}
        for here, there in self._list_steps():
            behind.setdefault(there, []).append(here)
        found = {arn for arn, one in self.entities.items() if matches(one)}
        waiting = list(found)
        while waiting:
            for arn in behind.get(waiting.pop(), ()):
                if arn not in found:
                    found.add(arn)
                    waiting.append(arn)
        return found

    def select_edges(self, arns: set[str]) -> list[LineageEdge]:
        """Return the edges between these entities."""
        return [edge for edge in self.edges if {edge.source, edge.destination} <= arns]

    def _list_steps(self) -> Iterable[tuple[str, str]]:
        for edge in self.edges:
            forth, back = (edge.source, edge.destination), (edge.destination, edge.source)
            if self.direction == "Descendants":
                yield forth
            elif self.direction == "Ascendants":
                yield back
            else:
                yield from (
                    step for step in (forth, back) if self.depths[step[0]] < self.depths[step[1]]
                )


def load_graph(
    backend: Backend, region: str, start: str, direction: Direction, max_depth: int = MAX_DEPTH
) -> LineageGraph:
    """Return the graph that a walk from an entity reaches, the entity included."""
    walk = RelationWalk(
        ASSOCIATION.kind, "SourceArn", "DestinationArn", start, direction, max_depth
    )
    with backend.records.lock():
        return _make_graph(backend, region, start, direction, backend.records.walk(region, walk))


def load_all(backend: Backend, region: str) -> LineageGraph:
    """Return the graph of all associated entities of a region."""
    with backend.records.lock():
        ends = [
            arn
            for record in list_associations(backend, region)
            for arn in (record["SourceArn"], record["DestinationArn"])
        ]
        return _make_graph(backend, region, "", "Both", dict.fromkeys(ends, 0))


def _make_graph(
    backend: Backend, region: str, start: str, direction: Direction, depths: dict[str, int]
) -> LineageGraph:
    found = {arn: find_entity(backend, region, arn) for arn in depths}
    entities = {arn: entity for arn, entity in found.items() if entity is not None}
    edges = (
        LineageEdge(arn, record["DestinationArn"], record.get("AssociationType", ""))
        for arn in entities
        for record in list_associations(backend, region, arn)
        if record["DestinationArn"] in entities
    )
    return LineageGraph(start, direction, entities, tuple(edges), depths)
