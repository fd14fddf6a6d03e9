"""What a training records on a tracking server: data sets, the metrics of each round, the model.

Metrics are named as in the log lines and by MLflow's own autologging of XGBoost.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import xgboost as xgb

from booster.data.dataset import Dataset
from booster.model.artifact import NAME
from booster.rounds.evaluation_history import EvaluationHistory, Scores
from tandem.contract.run_log import LoggedDataset, ModelDescription
from tandem.contract.training_job import Job

_FILE = "model.ubj"


def log_datasets(job: Job, sets: Mapping[str, Dataset]) -> None:
    """Record shape, label statistics and checksum of each channel."""
    if not job.run_log.active:
        return
    for name, dataset in sets.items():
        if len(dataset.label):
            digest = dataset.fingerprint.rpartition(" ")[2]
            job.run_log.log_dataset(LoggedDataset(name, digest, dataset.summarise()))


def log_newest_round(job: Job, history: EvaluationHistory) -> None:
    """Record the metrics of the round that was trained last."""
    newest = history.rounds - 1
    log_scores(job, history.select_scores(newest), newest)


def log_scores(job: Job, scores: Scores, step: int) -> None:
    """Record metrics of all data sets."""
    values = {
        f"{data_set}-{metric}": value
        for data_set, metrics in scores.items()
        for metric, value in metrics.items()
    }
    job.run_log.log_metrics(values, step)


def describe_model(job: Job) -> None:
    """Describe the model as `mlflow.xgboost` reads it; a pickled one it cannot read."""
    if job.model_format == "pickle":
        return
    python: dict[str, Any] = {
        "loader_module": "mlflow.xgboost",
        "python_version": platform.python_version(),
        "data": _FILE,
    }
    flavor: dict[str, Any] = {
        "xgb_version": xgb.__version__,
        "data": _FILE,
        "model_class": "xgboost.core.Booster",
        "model_format": "ubj",
        "code": None,
    }
    requirements = ("mlflow", f"xgboost=={xgb.__version__}")
    flavors = {"python_function": python, "xgboost": flavor}
    job.run_log.describe_model(ModelDescription(flavors, requirements, {NAME: _FILE}))
