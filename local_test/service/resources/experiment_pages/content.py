"""The runs of an experiment and their learning curves, from records and kept metrics."""

from collections.abc import Sequence

from local_test.runs.run import Run, read_run
from local_test.service.backend import Backend
from local_test.service.resources.experiments.metric_summaries import add_metrics
from local_test.service.resources.experiments.resource import EXPERIMENT, TRIAL_COMPONENT, find
from local_test.service.storage.metric_store import MetricPoint
from local_test.service.storage.record_query import RecordQuery

_MAX_RUNS, _MAX_CURVES, _MAX_POINTS = 2000, 200, 200


def list_runs(backend: Backend, region: str, experiment: str) -> list[Run]:
    """Return the newest 2,000 runs of an experiment. Raises ApiError when there is none."""
    record = find(backend, EXPERIMENT, region, experiment)
    query = RecordQuery(
        related=("ExperimentArns", record[EXPERIMENT.arn_field]), descending=True, limit=_MAX_RUNS
    )
    components, _ = backend.records.find_page(TRIAL_COMPONENT, region, query)
    return [read_run(component) for component in add_metrics(backend, components)]


def choose_metric(runs: Sequence[Run], wanted: str | None) -> str | None:
    """Return the metric to draw: the wanted one, or the one that most runs have."""
    counts: dict[str, int] = {}
    for run in runs:
        for name in run.metrics:
            counts[name] = counts.get(name, 0) + 1
    if wanted in counts:
        return wanted
    return max(sorted(counts), key=lambda name: counts[name]) if counts else None


def read_curves(
    backend: Backend, runs: Sequence[Run], metric: str | None
) -> dict[str, list[tuple[float, float]]]:
    """Return the learning curves of at most 200 runs: steps, or numbers of points, and values."""
    if metric is None:
        return {}
    chosen = [run for run in runs if metric in run.metrics][:_MAX_CURVES]
    return {run.name: _make_curve(backend.metric_store.read(run.arn, metric)) for run in chosen}


def _make_curve(points: Sequence[MetricPoint]) -> list[tuple[float, float]]:
    step = max(1, len(points) // _MAX_POINTS)
    kept = [*range(0, len(points) - 1, step), len(points) - 1] if points else []
    return [
        (
            float(index if points[index].step is None else points[index].step or 0),
            points[index].value,
        )
        for index in kept
    ]
