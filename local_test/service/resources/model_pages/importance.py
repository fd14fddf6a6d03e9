"""Which columns a model uses: gain of the booster's training, and SHAP values of analyses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.model_pages.analyses import Analysis
from local_test.service.resources.model_pages.bars import Bar, draw_bars
from local_test.service.resources.models.json_files import (
    locate_output,
    read_model_files,
    read_output_files,
)
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.storage.records import Record

_METRICS, _RECIPE = "metrics.json", "recipe.json"
_MAX_OUTPUTS = 5
_METHODS = {"kernel_shap": "Kernel SHAP", "tree_shap": "TreeSHAP"}


@dataclass(frozen=True)
class Importance:
    """Numbers of columns as bars, what they are, and their source with the path of its page."""

    title: str
    meaning: str
    bars: Sequence[Bar]
    source: str
    link: str
    address: str
    time: float | None = None


def list_importances(
    backend: Backend,
    region: str,
    containers: Sequence[Mapping[str, Any]],
    analyses: Sequence[Analysis],
) -> list[Importance]:
    """Return the newest SHAP values of each method, then the gain of each container's training."""
    found: list[Importance] = []
    methods = set[str]()
    for analysis in analyses:
        for method, outputs in _list_methods(analysis):
            if method not in methods:
                methods.add(method)
                found += _describe_shap(analysis, method, outputs)
    return found + list(_list_gains(backend, region, containers))


def _list_methods(analysis: Analysis) -> list[tuple[str, Mapping[str, Any]]]:
    explanations = analysis.content.get("explanations")
    if not isinstance(explanations, dict):
        return []
    return [
        (method, outputs)
        for method, outputs in explanations.items()
        if method in _METHODS and isinstance(outputs, dict)
    ]


def _describe_shap(
    analysis: Analysis, method: str, outputs: Mapping[str, Any]
) -> Iterator[Importance]:
    for output, values in list(outputs.items())[:_MAX_OUTPUTS]:
        numbers = _select_numbers(values, "global_shap_values")
        if numbers:
            which = f", {output}" if len(outputs) > 1 else ""
            yield Importance(
                f"Global SHAP values ({_METHODS[method]}{which})",
                "The size of a column's attributions over the rows of the data set, as"
                " agg_method of the analysis aggregates them.",
                draw_bars(numbers),
                analysis.source,
                analysis.link,
                analysis.address,
                analysis.time,
            )


def _list_gains(
    backend: Backend, region: str, containers: Sequence[Mapping[str, Any]]
) -> Iterator[Importance]:
    sources = _read_sources(backend, region, containers)
    for container in containers:
        files = read_output_files(backend.storage(region), container, frozenset({_METRICS}))
        gains = _select_numbers(files.get(_METRICS, {}), "importance")
        if not gains:
            continue
        by_column = _sum_by_column(gains, sources)
        name = _find_job(backend, region, container)
        yield Importance(
            "Gain of the booster" + (", by raw column" if by_column is not gains else ""),
            "The share of the total gain in training (of a linear booster: of the coefficients).",
            draw_bars(by_column, form=".1%"),
            f"training job {name}" if name else _METRICS,
            f"training-job/{region}/{name}" if name else "",
            f"{locate_output(container)}: {_METRICS}",
        )


def _read_sources(
    backend: Backend, region: str, containers: Sequence[Mapping[str, Any]]
) -> list[tuple[str, Sequence[str]]]:
    """Return the names of the features of the model's transform with their columns, in order."""
    for container in containers:
        recipe = read_model_files(backend.storage(region), container, frozenset({_RECIPE}))
        found = recipe.get(_RECIPE, {})
        names, sources = found.get("features") or (), found.get("sources") or ()
        if names and len(names) == len(sources):
            return list(zip(names, sources, strict=True))
    return []


def _sum_by_column(
    gains: Mapping[str, float], sources: Sequence[tuple[str, Sequence[str]]]
) -> Mapping[str, float]:
    """Return gains by column, or as they are where they are no features of the transform.

    A feature of several columns counts for each of them in equal parts. A booster that knows no
    names has those of XGBoost: f0 is the first feature.
    """
    columns = dict(sources) | {f"f{place}": item for place, (_, item) in enumerate(sources)}
    columns |= dict(sources)
    if not all(columns.get(feature) for feature in gains):
        return gains
    found = defaultdict[str, float](float)
    for feature, gain in gains.items():
        for column in columns[feature]:
            found[column] += gain / len(columns[feature])
    return dict(found)


def _find_job(backend: Backend, region: str, container: Mapping[str, Any]) -> str:
    """Return the name of the training job whose artifact a container has, "" if there is none."""
    output = locate_output(container)
    archive = output.removesuffix("output.tar.gz") + "model.tar.gz"
    jobs: list[tuple[str, Record]] = backend.records.list_all(TRAINING_JOB, region)
    for _, job in jobs:
        if job.get("ModelArtifacts", {}).get("S3ModelArtifacts") == archive:
            return str(job[TRAINING_JOB.name_field])
    return ""


def _select_numbers(content: Mapping[str, Any], field: str) -> dict[str, float]:
    """Return the numbers of an object by name, {} where the field is none."""
    values = content.get(field) if isinstance(content, dict) else None
    if not isinstance(values, dict):
        return {}
    return {
        str(name): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
