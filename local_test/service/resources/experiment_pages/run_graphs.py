"""The graphs of a run: what `Run.log_roc_curve` and its neighbours keep in S3 and in the lineage.

Source: SageMaker Python SDK, `sagemaker/experiments/run.py` (the fields of each graph).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from local_test.automl.report.charts import draw_lines
from local_test.errors import LocalError
from local_test.service.backend import Backend
from local_test.service.chart_values import choose_places
from local_test.service.resources.lineage.entities import LineageEntity, find_entity
from local_test.service.resources.lineage.graph import load_graph
from local_test.service.resources.models.json_files import read_object
from local_test.service.storage.s3 import parse_uri

_MATRIX = "ConfusionMatrix"
_CURVES = {
    "ROCCurve": (
        ("falsePositiveRate", "false positive rate"),
        ("truePositiveRate", "true positive rate"),
        ("areaUnderCurve", "area under the curve"),
    ),
    "PrecisionRecallCurve": (
        ("recall", "recall"),
        ("precision", "precision"),
        ("averagePrecisionScore", "average precision"),
    ),
}
_MOST_POINTS = 2000
_MOST_CLASSES = 50


@dataclass(frozen=True)
class RunGraph:
    """A graph: its title, a curve or the counts of a confusion matrix, and what to say of it.

    `matrix` has a row for each true class, with the counts of the predicted ones. `heads` and
    `rows` are some points of the curve as texts. `problem` says why there is neither.
    """

    title: str
    curve: Markup | str = ""
    matrix: Sequence[Sequence[int]] = ()
    note: str = ""
    problem: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def list_graphs(backend: Backend, region: str, arn: str) -> list[RunGraph]:
    """Return the graphs of a trial component by title, those of its inputs too."""
    if find_entity(backend, region, arn) is None:
        return []
    found = {entity.arn: entity for entity in _list_entities(backend, region, arn)}
    graphs = [_read_graph(backend, region, entity) for entity in found.values()]
    return sorted(graphs, key=lambda graph: graph.title)


def _list_entities(backend: Backend, region: str, arn: str) -> Iterator[LineageEntity]:
    for direction in ("Descendants", "Ascendants"):
        for entity in load_graph(backend, region, arn, direction, 1).entities.values():
            if entity.type in {_MATRIX, *_CURVES}:
                yield entity


def _read_graph(backend: Backend, region: str, entity: LineageEntity) -> RunGraph:
    name = entity.name or entity.type
    try:
        content = read_object(backend.storage(region), parse_uri(entity.source))
    except LocalError:
        content = {}
    title = str(content.get("title") or name)
    try:
        return _draw(title, entity.type, content)
    except (KeyError, TypeError, ValueError):
        return RunGraph(title, problem=f"{entity.source} has no {entity.type}.")


def _draw(title: str, kind: str, content: Mapping[str, Any]) -> RunGraph:
    if kind == _MATRIX:
        matrix = [[int(count) for count in row] for row in content["confusionMatrix"]]
        if len(matrix) > _MOST_CLASSES:
            return RunGraph(title, problem=f"{len(matrix)} classes are too many to show.")
        return RunGraph(title, matrix=matrix, note="Rows are true classes, columns predicted.")
    (x, across), (y, up), (score, words) = _CURVES[kind]
    points = [(float(a), float(b)) for a, b in zip(content[x], content[y], strict=True)]
    step = math.ceil(len(points) / _MOST_POINTS) or 1
    shown = [*points[::step], *points[-1:]]
    note = f"{words} {float(content[score]):.4g}" if score in content else ""
    rows = [[f"{cell:.4g}" for cell in points[place]] for place in choose_places(len(points))]
    chart = draw_lines({up: shown}, across, up)
    curve = "" if chart is None else chart.svg
    return RunGraph(title, curve=curve, note=note, heads=(across, up), rows=rows)
