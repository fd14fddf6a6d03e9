"""The lineage of an entity as a picture: boxes in columns, from what went in to what came out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local_test.service.backend import Backend
from local_test.service.resources.lineage.entities import LineageEntity, find_entity
from local_test.service.resources.lineage.graph import LineageEdge, load_graph

_MAX_NODES = 60
_COLUMN, _ROW, _BOX_WIDTH, _BOX_HEIGHT = 232, 62, 186, 46
_LONGEST_LABEL = 24


@dataclass(frozen=True)
class LineageBox:
    """An entity's box: its left upper corner in pixels, its kind, and what is written on it."""

    x: int
    y: int
    kind: str
    type: str
    label: str
    title: str
    is_start: bool


@dataclass(frozen=True)
class LineageLine:
    """An edge: the path of an SVG, and the association's type."""

    path: str
    title: str


@dataclass(frozen=True)
class LineageDrawing:
    """A picture of so many pixels; `left_out` entities are too far away to be drawn."""

    width: int
    height: int
    boxes: tuple[LineageBox, ...]
    lines: tuple[LineageLine, ...]
    left_out: int


def draw_lineage(backend: Backend, region: str, arn: str) -> LineageDrawing | None:
    """Return the picture of what an entity comes from and what comes of it, None without any."""
    if find_entity(backend, region, arn) is None:
        return None
    graphs = [load_graph(backend, region, arn, way) for way in ("Ascendants", "Descendants")]
    depths = {one: depth for graph in graphs for one, depth in graph.depths.items()}
    entities = {one: entity for graph in graphs for one, entity in graph.entities.items()}
    drawn = sorted(entities, key=lambda one: (depths[one], one))[:_MAX_NODES]
    edges = sorted(
        {
            edge
            for graph in graphs
            for edge in graph.edges
            if edge.source in drawn and edge.destination in drawn
        }
    )
    if not edges:
        return None
    places = _place(drawn, edges)
    columns, rows = (max(place[axis] for place in places.values()) + 1 for axis in (0, 1))
    return LineageDrawing(
        columns * _COLUMN - (_COLUMN - _BOX_WIDTH) + 2,
        rows * _ROW - (_ROW - _BOX_HEIGHT) + 2,
        tuple(_make_box(entities[one], places[one], is_start=one == arn) for one in drawn),
        tuple(_make_line(edge, places) for edge in edges),
        len(entities) - len(drawn),
    )


def _place(arns: Iterable[str], edges: Iterable[LineageEdge]) -> dict[str, tuple[int, int]]:
    """Return column and row of each entity: behind all that it comes from, near to their rows."""
    columns = dict.fromkeys(arns, 0)
    for _ in columns:  # a longer way than all entities would be a circle
        for edge in edges:
            behind = columns[edge.source] + 1
            if columns[edge.destination] < behind < len(columns):
                columns[edge.destination] = behind
    sources: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.destination, []).append(edge.source)
    for arn in columns.keys() - sources.keys():  # beside what they first went into
        nearest = (columns[edge.destination] for edge in edges if edge.source == arn)
        columns[arn] = min(nearest, default=1) - 1
    used = {column: number for number, column in enumerate(sorted(set(columns.values())))}
    places: dict[str, tuple[int, int]] = {}
    for column, place in used.items():
        members = [arn for arn in columns if columns[arn] == column]
        members.sort(key=lambda arn: (_average_row(sources.get(arn, ()), places), arn))
        places |= {arn: (place, row) for row, arn in enumerate(members)}
    return places


def _average_row(sources: Iterable[str], places: Mapping[str, tuple[int, int]]) -> float:
    rows = [places[arn][1] for arn in sources if arn in places]
    return sum(rows) / len(rows) if rows else 0.0


def _make_box(entity: LineageEntity, place: tuple[int, int], *, is_start: bool) -> LineageBox:
    text = entity.name or entity.source or entity.arn
    return LineageBox(
        1 + place[0] * _COLUMN,
        1 + place[1] * _ROW,
        entity.kind,
        entity.type or entity.kind,
        _shorten(text),
        text,
        is_start,
    )


def _shorten(text: str) -> str:
    """Return the end of a URI or ARN, and the begin and end of a name that is too long."""
    if ":" in text:
        text = text.rstrip("/").rpartition("model-package/" if ":model-package/" in text else "/")[
            2
        ]
    if len(text) <= _LONGEST_LABEL:
        return text
    half = _LONGEST_LABEL // 2 - 1
    return f"{text[:half]}…{text[-half:]}"


def _make_line(edge: LineageEdge, places: Mapping[str, tuple[int, int]]) -> LineageLine:
    (from_column, from_row), (to_column, to_row) = places[edge.source], places[edge.destination]
    x, y = 1 + from_column * _COLUMN + _BOX_WIDTH, 1 + from_row * _ROW + _BOX_HEIGHT // 2
    end_x, end_y = 1 + to_column * _COLUMN - 7, 1 + to_row * _ROW + _BOX_HEIGHT // 2
    bend = (_COLUMN - _BOX_WIDTH) // 2
    path = f"M{x} {y} C{x + bend} {y} {end_x - bend} {end_y} {end_x} {end_y} m-5 -4 l6 4 l-6 4"
    return LineageLine(path, edge.type)
