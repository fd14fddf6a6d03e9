"""The report of a training: `metrics.json` and `report.html` in `output/data`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import xgboost as xgb

from booster.data.dataset import Dataset
from booster.params.hyperparameters import SCHEMA
from booster.report import html_page
from booster.report.figures import Figures, collect_figures
from booster.rounds.boosting import Boosting
from tandem._version import __version__
from tandem.contract.training_job import Job
from tandem.errors import Stopped
from tandem.io.atomic_write import write_atomic
from tandem.logs import logger


@dataclass(frozen=True)
class TrainingOutcome:
    """A finished training, and the model that is kept."""

    boosting: Boosting
    model: xgb.Booster
    sets: dict[str, Dataset]


def write_report(job: Job, outcome: TrainingOutcome) -> None:
    """Write both files. Raises Stopped, with neither written, when a stop is requested."""

    def check() -> None:
        if job.stop.requested:
            raise Stopped("stopped on request; the model is whole, the report is not written")

    check()
    figures = collect_figures(outcome.boosting, outcome.model, outcome.sets, check)
    facts = _collect_facts(job, outcome, figures, check)
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "metrics.json", (json.dumps(facts, indent=1) + "\n").encode())
    write_atomic(folder / "report.html", html_page.render_page(facts, figures).encode())
    logger.info("wrote metrics.json and report.html to %s", folder)


def _collect_facts(
    job: Job, outcome: TrainingOutcome, figures: Figures, check: Callable[[], None]
) -> dict[str, object]:
    boosting, values = outcome.boosting, job.hyperparameters
    names = outcome.sets["train"].feature_names
    summaries = {}
    for name, dataset in outcome.sets.items():
        summaries[name] = dataset.summarise()
        check()
    return _to_json_object(
        {
            "versions": {"tandem": __version__, "xgboost": xgb.__version__},
            "objective": boosting.config.objective.name,
            "hyperparameters": values.select_effective(SCHEMA),
            "given": sorted(values.given),
            "rounds": boosting.history.rounds,
            "kept_round": boosting.kept_round,
            "watched": boosting.config.watched.name,
            "scores": boosting.history.select_scores(boosting.kept_round),
            "learning_curves": boosting.history.history,
            "features": names,
            "importance": {names[index]: share for index, share in figures.importance},
            "data": summaries,
        }
    )


def _to_json_object(value: object) -> dict[str, object]:
    """Return a value without NaN and infinity, which JSON lacks: they become null."""
    cleaned = _clean(value)
    return cleaned if isinstance(cleaned, dict) else {}


def _clean(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
