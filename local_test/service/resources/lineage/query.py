"""QueryLineage: the entities around one that match filters, with or without the way to them."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.lineage.entities import LineageEntity, find_entity
from local_test.service.resources.lineage.graph import (
    MAX_DEPTH,
    LineageEdge,
    LineageGraph,
    load_all,
    load_graph,
)
from local_test.service.resources.lineage.resource import not_found_error
from local_test.service.resources.pagination import read_interval, split_page

_PAGE_SIZE = 50


def query_lineage(backend: Backend, call: ApiCall) -> Output:
    """Answer a query; without edges the entity that it starts from is not in the answer.

    Without StartArns all associated entities of the region are searched.
    """
    request = call.request
    graph = _load(backend, call)
    filters = request.get("Filters", {})
    matching = [
        arn
        for arn, entity in graph.entities.items()
        if arn != graph.start and _matches(entity, filters)
    ]
    edges: list[LineageEdge] = []
    if request.get("IncludeEdges"):
        wanted = set(matching)
        found = graph.find_paths(lambda entity: entity.arn in wanted) | (
            {graph.start} if graph.start else set()
        )
        matching = [arn for arn in graph.entities if arn in found]
        edges = graph.select_edges(found)
    size = int(request.get("MaxResults", _PAGE_SIZE))
    page, token = split_page(matching, request, size)
    places = {arn: place for place, arn in enumerate(matching)}
    first = places[page[0]] if page else 0
    return {
        "Vertices": [_describe_vertex(graph.entities[arn]) for arn in page],
        # An edge is on the page of its later end, so that each is on one page.
        "Edges": [
            _describe_edge(edge)
            for edge in edges
            if first <= max(places[edge.source], places[edge.destination]) < first + len(page)
        ],
        **token,
    }


def _load(backend: Backend, call: ApiCall) -> LineageGraph:
    request = call.request
    depth, size = request.get("MaxDepth", MAX_DEPTH), request.get("MaxResults", _PAGE_SIZE)
    if depth < 0 or size < 1:
        raise invalid(f"MaxDepth {depth} or MaxResults {size} is too small. Give 0 and 1 or more.")
    starts = request.get("StartArns", ())
    if not starts:
        return load_all(backend, call.region)
    if find_entity(backend, call.region, starts[0]) is None:
        raise not_found_error("Lineage entity", starts[0])
    return load_graph(backend, call.region, starts[0], request.get("Direction", "Both"), depth)


def _matches(entity: LineageEntity, filters: Mapping[str, Any]) -> bool:
    """Return True if an entity matches all filters, of the properties any.

    Source: API, QueryFilters.
    """
    created = read_interval(dict(filters), "Created")
    modified = read_interval(dict(filters), "Modified")
    wanted = filters.get("Properties", {})
    return (
        ("Types" not in filters or entity.type in filters["Types"])
        and ("LineageTypes" not in filters or entity.kind in filters["LineageTypes"])
        and _is_within(entity.created, created)
        and _is_within(entity.modified, modified)
        and (not wanted or any(entity.properties.get(key) == wanted[key] for key in wanted))
    )


def _is_within(time: float, interval: tuple[float | None, float | None]) -> bool:
    after, before = interval
    return (after is None or time > after) and (before is None or time < before)


def _describe_vertex(entity: LineageEntity) -> Output:
    kind = {} if entity.kind == "Experiment" else {"LineageType": entity.kind}
    return {"Arn": entity.arn, **({"Type": entity.type} if entity.type else {}), **kind}


def _describe_edge(edge: LineageEdge) -> Output:
    kind = {"AssociationType": edge.type} if edge.type else {}
    return {"SourceArn": edge.source, "DestinationArn": edge.destination, **kind}
