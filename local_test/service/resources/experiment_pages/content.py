"""The runs of an experiment and their learning curves, from records and kept metrics."""

import math
from collections.abc import Sequence

from local_test.runs.run import Run, read_run
from local_test.service.backend import Backend
from local_test.service.resources.experiment_pages.charts import Curve
from local_test.service.resources.experiments.metric_summaries import add_metrics
from local_test.service.resources.experiments.resource import EXPERIMENT, TRIAL_COMPONENT, find
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


def read_curves(backend: Backend, runs: Sequence[Run], metric: str | None) -> dict[str, Curve]:
    """Return the learning curves of at most 200 runs: steps, or numbers of points, and values.

    Values that are no finite numbers are left out.
    """
    if metric is None:
        return {}
    chosen = {run.arn: run.name for run in runs if metric in run.metrics}
    owners = list(chosen)[:_MAX_CURVES]
    curves = backend.metric_store.read_curves(owners, metric, _MAX_POINTS)
    return {chosen[owner]: _keep_finite(curve) for owner, curve in curves.items()}


def _keep_finite(curve: Curve) -> Curve:
    if all(map(math.isfinite, curve[1])):
        return curve
    points = [(x, y) for x, y in zip(*curve, strict=True) if math.isfinite(y)]
    return [x for x, _ in points], [y for _, y in points]
