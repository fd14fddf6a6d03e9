"""Repeated k-fold cross-validation: each row is predicted by models that were not trained on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.dataset import Dataset
from booster.model import booster_io
from booster.params.hyperparameters import KFOLD, NUM_CV_ROUND, SAVE_ON_TERMINATION
from booster.params.objectives import CLASSIFICATION, LearningTask, Objective
from booster.params.training_config import TrainingConfig
from booster.predict.dataset_predictions import predict_rows
from booster.rounds import run_record
from booster.rounds.boosting import Boosting, TrainingState
from booster.rounds.checkpoints import Checkpoints, describe_datasets, identify_job
from booster.rounds.evaluation_history import Scores
from booster.rounds.progress_log import format_metric_line
from booster.rounds.training_matrices import prepare_matrices
from tandem.contract.training_job import Job
from tandem.errors import Stopped, UserError
from tandem.io.atomic_write import write_atomic
from tandem.logs import logger, write_line

Rows = NDArray[np.intp]


@dataclass
class CvPredictions:
    """The out-of-fold predictions, summed over the repetitions."""

    objective: Objective
    label: NDArray[np.float32]
    total: NDArray[np.float64] | None = None
    scores: list[Scores] = field(default_factory=list)
    _votes: list[tuple[Rows, NDArray[np.float64]]] = field(default_factory=list)

    def add_fold(self, rows: Rows, predictions: NDArray[np.float32], scores: Scores) -> None:
        """Add the predictions of one fold, shape (rows,) or (rows, outputs)."""
        table = np.asarray(predictions, dtype=np.float64).reshape(len(rows), -1)
        if self.total is None:
            self.total = np.zeros((len(self.label), table.shape[1]))
        self.total[rows] += table
        self._votes.append((rows, self.objective.to_classes(predictions)))
        self.scores.append(scores)

    def average_scores(self) -> Scores:
        """Return the mean of the folds' scores."""
        return {
            data_set: {
                metric: float(np.mean([scores[data_set][metric] for scores in self.scores]))
                for metric in metrics
            }
            for data_set, metrics in self.scores[0].items()
        }

    def average(self, repetitions: int) -> NDArray[np.float64] | None:
        """Return the mean prediction of each row over the repetitions, shape (rows, outputs)."""
        return None if self.total is None else self.total / repetitions

    def build_table(self, repetitions: int) -> NDArray[np.float64]:
        """Return a row each: label, probability for objectives that have one, prediction."""
        mean = self.average(repetitions)
        if mean is None:
            return np.empty((0, 2))
        if self.objective.task not in CLASSIFICATION:
            return np.column_stack([self.label, mean])
        probable = self.objective.name in {"binary:logistic", "multi:softprob"}
        if probable:
            return np.column_stack([self.label, mean.max(axis=1), self.objective.to_classes(mean)])
        return np.column_stack([self.label, self._find_majority()])

    def _find_majority(self) -> NDArray[np.float64]:
        classes = np.unique(np.concatenate([votes for _, votes in self._votes]))
        counts = np.zeros((len(self.label), len(classes)))
        for rows, votes in self._votes:
            counts[rows, np.searchsorted(classes, votes)] += 1
        return np.asarray(classes[counts.argmax(axis=1)], dtype=np.float64)


def cross_validate(job: Job, sets: dict[str, Dataset], config: TrainingConfig) -> None:
    """Train a model a fold and write `xgboost-model-0`, `-1`, ..., and `predictions.csv`.

    Raises UserError when rows cannot be split into folds, and Stopped when a stop is requested.
    """
    if config.objective.task is LearningTask.RANK:
        raise UserError("hyperparameter '_kfold' would tear queries apart; it is not for ranking")
    _check_alike(sets)
    whole = sets["train"]
    for name, dataset in sets.items():
        whole = whole if name == "train" else whole.append(dataset)
    count, repetitions = job.hyperparameters[KFOLD] or 2, job.hyperparameters[NUM_CV_ROUND]
    run_record.log_datasets(job, {"train": whole})
    predictions = CvPredictions(config.objective, whole.label)
    models: list[xgb.Booster] = []
    for fold in split_folds(whole.label, count, repetitions, config):
        folder = job.checkpoints / f"fold-{len(models)}" if job.checkpoints else None
        boosting = train_fold(job, config, whole, fold, folder)
        if job.stop.requested and not boosting.finished:
            _end_stopped_job(job, models, whole)
        models.append(boosting.build_result())
        scores = boosting.history.select_scores(boosting.kept_round)
        predictions.add_fold(fold, predict_rows(whole.select_rows(fold), models[-1]), scores)
        run_record.log_scores(job, scores, len(models) - 1)
        logger.info("fold %d of %d: %s", len(models), count * repetitions, _format_scores(scores))
    _save_models(job, models, whole)
    average = predictions.average_scores()
    write_line(format_metric_line(config.rounds, average))
    run_record.log_scores(job, {f"mean-{name}": scores for name, scores in average.items()}, 0)
    table = predictions.build_table(repetitions)
    rows = "".join(",".join(f"{value:.9g}" for value in row) + "\n" for row in table)
    job.paths.output_data.mkdir(parents=True, exist_ok=True)
    write_atomic(job.paths.output_data / "predictions.csv", rows.encode())


def _check_alike(sets: dict[str, Dataset]) -> None:
    """Raise UserError when only some channels have weights or queries: folds mix their rows."""
    kinds = {
        "weights": {name: held.weight is not None for name, held in sets.items()},
        "queries": {name: held.group is not None for name, held in sets.items()},
    }
    for what, have in kinds.items():
        if len(set(have.values())) > 1:
            with_it = next(name for name, there in have.items() if there)
            without = next(name for name, there in have.items() if not there)
            raise UserError(
                f"channel '{with_it}' has {what} and channel '{without}' has none, and"
                " hyperparameter '_kfold' puts their rows together",
                remedy=f"Give both {what}, or neither",
            )


def train_fold(
    job: Job, config: TrainingConfig, whole: Dataset, fold: Rows, folder: Path | None = None
) -> Boosting:
    """Train on the rows outside of a fold and watch those of it; `folder` keeps checkpoints."""
    rest = np.setdiff1d(np.arange(len(whole.label)), fold)
    parts = {"train": whole.select_rows(rest), "validation": whole.select_rows(fold)}
    checkpoints = None
    if folder:
        folder.mkdir(exist_ok=True)
        checkpoints = Checkpoints(folder, identify_job(config, describe_datasets(parts)))
    with prepare_matrices(parts, config) as matrices:
        boosting = Boosting(
            config, matrices, checkpoints.load_newest() if checkpoints else TrainingState()
        )
        _run_rounds(job, boosting, checkpoints)
    return boosting


def _run_rounds(job: Job, boosting: Boosting, checkpoints: Checkpoints | None) -> None:
    def after_round(_: Boosting) -> bool:
        if checkpoints:
            checkpoints.after_round(boosting)
        return job.stop.requested

    boosting.run(after_round)
    if checkpoints:
        checkpoints.write(boosting)


def split_folds(
    label: NDArray[np.float32], count: int, repetitions: int, config: TrainingConfig
) -> Iterator[Rows]:
    """Yield the rows of each fold, which the seed decides. Raises UserError with too few rows."""
    if len(label) < count:
        raise UserError(f"hyperparameter '_kfold' is {count}, and there are {len(label)} rows")
    seed = int(config.parameters.get("seed", 0)) % 2**32
    stratified = config.objective.task in CLASSIFICATION
    for repetition in range(repetitions):
        order = np.random.default_rng([seed, repetition]).permutation(len(label))
        if stratified:
            # Dealt out class by class, every fold gets its share of each.
            order = order[np.argsort(label[order], kind="stable")]
        for fold in range(count):
            yield np.sort(order[fold::count])


def _end_stopped_job(job: Job, models: list[xgb.Booster], whole: Dataset) -> None:
    if job.hyperparameters[SAVE_ON_TERMINATION]:
        _save_models(job, models, whole)
        raise Stopped(f"stopped on request; the models of {len(models)} whole folds are kept")
    raise Stopped("stopped on request; save_model_on_termination is false, no model is kept")


def _save_models(job: Job, models: list[xgb.Booster], whole: Dataset) -> None:
    for number, model in enumerate(models):
        booster_io.save(
            model, job.model_dir, number, whole.names, whole.categorical, job.model_format
        )


def _format_scores(scores: Scores) -> str:
    return format_metric_line(0, scores).split("\t", 1)[1].replace("\t", ", ")
