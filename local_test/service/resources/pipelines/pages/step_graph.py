"""The steps of a pipeline as a drawing: where each step and each arrow is, in pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.pipelines.definition import PipelineStep

NODE_WIDTH, NODE_HEIGHT = 184, 46
_GAP_X, _GAP_Y, _MARGIN = 24, 44, 12
_LONGEST = 21  # characters of a name that fit into a node
WAITING = "NotStarted"


@dataclass(frozen=True)
class StepNode:
    """A step: its upper left corner, its status, a note, and the link to what it has started."""

    name: str
    label: str
    kind: str
    status: str
    note: str
    link: tuple[str, str] | None
    x: int
    y: int


@dataclass(frozen=True)
class StepArrow:
    """An arrow from the lower middle of one step to the upper middle of another, as an SVG path.

    `label` is the outcome of a condition for which the second step runs, or empty.
    """

    path: str
    label: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class StepGraph:
    """All steps and arrows of a pipeline, and the size of the drawing."""

    nodes: list[StepNode]
    arrows: list[StepArrow]
    width: int
    height: int


def draw_graph(
    steps: Mapping[str, PipelineStep], entries: Mapping[str, Mapping[str, Any]]
) -> StepGraph:
    """Return the drawing of steps with the status of their entries, those without one waiting.

    Each step is one row below the lowest of the steps that it needs.
    """
    rows = _assign_rows(steps)
    widest = max(len(row) for row in rows)
    width = widest * (NODE_WIDTH + _GAP_X) - _GAP_X + 2 * _MARGIN
    corners: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        indent = (width - len(row) * (NODE_WIDTH + _GAP_X) + _GAP_X) // 2
        for place, name in enumerate(row):
            x = indent + place * (NODE_WIDTH + _GAP_X)
            corners[name] = x, _MARGIN + number * (NODE_HEIGHT + _GAP_Y)
    nodes = [_make_node(steps[name], entries.get(name, {}), corners[name]) for name in corners]
    arrows = [
        _make_arrow(corners[need], corners[name], _label_arrow(steps[name], need))
        for name in corners
        for need in sorted(steps[name].needs)
    ]
    height = len(rows) * (NODE_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN
    return StepGraph(nodes, arrows, width, height)


def find_link(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return path and name of what a step has started, None if it has started nothing."""
    for value in (entry.get("Metadata") or {}).values():
        arn = value.get("Arn", "") if isinstance(value, Mapping) else ""
        if arn.startswith("arn:aws:sagemaker:"):
            path, _, name = arn.split(":", 5)[5].partition("/")
            return path, name.replace("/", ".") if path == "model-package" else name
    return None


def describe_origin(entry: Mapping[str, Any]) -> str:
    """Return where the results of a step are from, if it did not run itself."""
    if entry.get("CacheHitResult"):
        return "cached"
    if entry.get("SelectiveExecutionResult"):
        return "reused"
    attempt = int(entry.get("AttemptCount") or 0)
    return f"attempt {attempt + 1}" if attempt else ""


def _assign_rows(steps: Mapping[str, PipelineStep]) -> list[list[str]]:
    depths: dict[str, int] = {}
    while len(depths) < len(steps):
        for name, step in steps.items():
            if name not in depths and step.needs <= depths.keys():
                depths[name] = 1 + max((depths[need] for need in step.needs), default=-1)
    rows: list[list[str]] = [[] for _ in range(max(depths.values()) + 1)]
    for name in steps:
        rows[depths[name]].append(name)
    return rows


def _make_node(step: PipelineStep, entry: Mapping[str, Any], corner: tuple[int, int]) -> StepNode:
    label = step.name if len(step.name) <= _LONGEST else f"{step.name[: _LONGEST - 1]}…"
    status = str(entry.get("StepStatus", WAITING))
    note = describe_origin(entry) or ("" if status == WAITING else status)
    return StepNode(step.name, label, step.kind, status, note, find_link(entry), *corner)


def _label_arrow(step: PipelineStep, need: str) -> str:
    return str(step.branch[1]) if step.branch is not None and step.branch[0] == need else ""


def _make_arrow(start: tuple[int, int], end: tuple[int, int], label: str) -> StepArrow:
    x1, y1 = start[0] + NODE_WIDTH // 2, start[1] + NODE_HEIGHT
    x2, y2 = end[0] + NODE_WIDTH // 2, end[1]
    bend = (y2 - y1) // 2
    path = f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
    return StepArrow(path, label, x2 + 8, y2 - 10)
