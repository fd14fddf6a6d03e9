"""Several models on one reading of the channels: `_candidates`.

Each candidate is trained as a job of its own with its hyperparameters would train it. Folder
`candidates/N` of the output data gets the candidate's `model.tar.gz`, its `predictions.npz` (arrays
`labels` and `outputs` of the rows it was not trained on), and `result.json` (losses, rounds,
learning curves, importance). A candidate whose loss falls behind `_candidate_bounds` is stopped.
The best one is the job's model.
"""

from __future__ import annotations

import json
import math
import tarfile
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.dataset import Dataset
from booster.model import booster_io
from booster.model.importance import compute_importance
from booster.params.hyperparameters import (
    BOOSTER,
    CANDIDATE_BOUNDS,
    CANDIDATES,
    EARLY_STOPPING_ROUNDS,
    EXTRA,
    INTERACTION,
    KFOLD,
    MONOTONE,
    NUM_CV_ROUND,
    NUM_ROUND,
    OBJECTIVE,
    SCHEMA,
)
from booster.params.objectives import RANKING
from booster.params.training_config import WATCHED_SET, TrainingConfig, resolve_config
from booster.params.xgboost_parameters import XGBOOST_PARAMETERS
from booster.predict.dataset_predictions import predict_rows
from booster.rounds.boosting import Boosting
from booster.rounds.cross_validation import CvPredictions, split_folds, train_fold
from booster.rounds.evaluation_history import Scores
from booster.rounds.progress_log import format_metric_line
from booster.rounds.training_matrices import prepare_matrices
from tandem.contract.hyperparameters import (
    Hyperparameter,
    HyperparameterValues,
    resolve_hyperparameters,
)
from tandem.contract.training_job import Job
from tandem.errors import Stopped, UserError
from tandem.io.atomic_write import write_atomic
from tandem.logs import write_line

FOLDER = "candidates"
_FIRST_RUNG = 5.0
"""Rounds x learning rate at which a loss meets the first bound, each further one at twice as much.

At equal rounds a low learning rate has learned less, and would always fall behind.
"""
_DEFAULT_ETA = {"gblinear": 0.5}
"""XGBoost's learning rate unless one is given; 0.3 of trees."""
_OWN: tuple[Hyperparameter[Any], ...] = (
    NUM_ROUND,
    BOOSTER,
    EARLY_STOPPING_ROUNDS,
    MONOTONE,
    INTERACTION,
    *XGBOOST_PARAMETERS,
)
_OWN_NAMES = {name for one in _OWN for name in (one.name, *one.aliases)}


@dataclass
class TrainedCandidate:
    """A candidate's models and the rounds of each, and its losses.

    `curves` are the scores of every round of the first model. `labels` and `outputs` are of rows
    that the models were not trained on.
    """

    models: list[xgb.Booster] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    scores: Scores = field(default_factory=dict)
    curves: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    labels: NDArray[np.float32] | None = None
    outputs: NDArray[np.float64] | None = None

    @property
    def finished(self) -> bool:
        """Whether it was not stopped."""
        return self.outputs is not None


def train_candidates(job: Job, sets: dict[str, Dataset]) -> None:
    """Train the candidates one after the other, and keep the model of the best one.

    Raises UserError when a candidate's hyperparameters are refused or there are no rows to compare
    by, and Stopped when a stop is requested: the candidates that were finished are kept.
    """
    if job.hyperparameters[OBJECTIVE] in RANKING:
        raise UserError("hyperparameter '_candidates' is not for ranking")
    if WATCHED_SET not in sets and job.hyperparameters[KFOLD] is None:
        raise UserError(
            "hyperparameter '_candidates' compares by rows that no candidate is trained on",
            remedy=f"Give a channel {WATCHED_SET}, or _kfold",
        )
    each = read_candidates(job.hyperparameters)
    configs = [resolve_config(one, sets["train"].names, sets["train"].width) for one in each]
    best: TrainedCandidate | None = None
    for number, config in enumerate(configs):
        begin = time.monotonic()
        race = _Race(job, number, config)
        candidate = _train_folds(race, sets) if job.hyperparameters[KFOLD] else _train(race, sets)
        if job.stop.requested:
            raise Stopped(f"stopped on request; {number} of {len(configs)} candidates are kept")
        _write_candidate(race, candidate, sets["train"], time.monotonic() - begin)
        if candidate.finished and (best is None or race.is_better(candidate, best)):
            best = candidate
            _save_models(job, job.model_dir, candidate, sets["train"])


def read_candidates(values: HyperparameterValues) -> list[HyperparameterValues]:
    """Return the hyperparameters of each candidate: the job's, with its own in their place.

    Raises UserError when one is no object, or has a hyperparameter that all must share.
    """
    shared = {name: text for name, text in values.raw.items() if name != CANDIDATES.name}
    found = []
    for number, own in enumerate(_read_list(values, CANDIDATES)):
        if not isinstance(own, dict):
            raise UserError(
                f"hyperparameter '{CANDIDATES.name}': element {number} is no JSON object",
                remedy='Give a list as [{"eta": 0.1}, {"eta": 0.3}]',
            )
        for name in own:
            if name not in _OWN_NAMES and not name.startswith(EXTRA.name[:-1]):
                raise UserError(
                    f"hyperparameter '{CANDIDATES.name}': element {number} has {name!r}, which is"
                    " the same for all candidates or unknown",
                    remedy="Give it as a hyperparameter of the job",
                )
        texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in own.items()}
        found.append(resolve_hyperparameters(SCHEMA, shared | texts))
    if not found:
        raise UserError(f"hyperparameter '{CANDIDATES.name}' is empty", remedy="Give one or more")
    return found


def _read_list(
    values: HyperparameterValues, parameter: Hyperparameter[list[object] | None]
) -> list[object]:
    return values[parameter] or []


@dataclass(frozen=True)
class _Race:
    """One candidate against the bounds."""

    job: Job
    number: int
    config: TrainingConfig

    @property
    def eta(self) -> float:
        """The candidate's learning rate."""
        given = self.config.parameters
        return float(given.get("eta", _DEFAULT_ETA.get(given["booster"], 0.3)))

    def is_better(self, one: TrainedCandidate, other: TrainedCandidate) -> bool:
        metric = self.config.watched
        values = [each.scores[WATCHED_SET][metric.name] for each in (one, other)]
        return values[0] > values[1] if metric.metric.maximise else values[0] < values[1]

    def falls_behind(self, candidate: TrainedCandidate) -> bool:
        """Return whether the newest of its losses is worse than the bound of this step."""
        bounds: Sequence[Any] = _read_list(self.job.hyperparameters, CANDIDATE_BOUNDS)
        step = len(candidate.losses) - 1
        if step >= len(bounds):
            return False
        loss, bound = candidate.losses[step], float(bounds[step])
        behind = loss < bound if self.config.watched.metric.maximise else loss > bound
        return behind or math.isnan(loss)


def _train_folds(race: _Race, sets: Mapping[str, Dataset]) -> TrainedCandidate:
    """Cross-validate a candidate; a step is a fold, its loss the mean of the folds so far."""
    job, config = race.job, race.config
    whole = sets["train"]
    for name, dataset in sets.items():
        whole = whole if name == "train" else whole.append(dataset)
    count, repetitions = job.hyperparameters[KFOLD] or 2, job.hyperparameters[NUM_CV_ROUND]
    predictions, candidate = CvPredictions(config.objective, whole.label), TrainedCandidate()
    for fold in split_folds(whole.label, count, repetitions, config):
        boosting = train_fold(job, config, whole, fold)
        if job.stop.requested:
            return candidate
        candidate.models.append(boosting.build_result())
        candidate.rounds.append(boosting.kept_round + 1)
        candidate.curves = candidate.curves or boosting.history.history
        scores = boosting.history.select_scores(boosting.kept_round)
        predicted = predict_rows(whole.select_rows(fold), candidate.models[-1])
        predictions.add_fold(fold, predicted, scores)
        candidate.scores = predictions.average_scores()
        candidate.losses.append(candidate.scores[WATCHED_SET][config.watched.name])
        if len(candidate.models) < count * repetitions and race.falls_behind(candidate):
            return candidate
    candidate.labels, candidate.outputs = whole.label, predictions.average(repetitions)
    return candidate


def _train(race: _Race, sets: dict[str, Dataset]) -> TrainedCandidate:
    """Train a candidate with the channel of validation; each step has learned twice as much."""
    candidate, behind = TrainedCandidate(), False

    def after_round(boosting: Boosting) -> bool:
        nonlocal behind
        learned = boosting.history.rounds * race.eta
        if learned >= _FIRST_RUNG * 2 ** len(candidate.losses):
            candidate.losses.append(float(boosting.history.best_score or 0.0))
            behind = race.falls_behind(candidate)
        return behind or race.job.stop.requested

    with prepare_matrices(sets, race.config) as matrices:
        boosting = Boosting(race.config, matrices)
        boosting.run(after_round)
    if behind or race.job.stop.requested:
        return candidate
    model, held = boosting.build_result(), sets[WATCHED_SET]
    candidate.scores = boosting.history.select_scores(boosting.kept_round)
    candidate.models, candidate.labels = [model], held.label
    candidate.rounds, candidate.curves = [boosting.kept_round + 1], boosting.history.history
    outputs = np.asarray(predict_rows(held, model), dtype=np.float64)
    candidate.outputs = outputs.reshape(len(held.label), -1)
    return candidate


def _write_candidate(
    race: _Race, candidate: TrainedCandidate, training: Dataset, seconds: float
) -> None:
    folder = race.job.paths.output_data / FOLDER / str(race.number)
    folder.mkdir(parents=True, exist_ok=True)
    if candidate.finished:
        labels, outputs = np.asarray(candidate.labels), np.asarray(candidate.outputs)
        np.savez(folder / "predictions.npz", labels=labels, outputs=outputs)
        with tempfile.TemporaryDirectory() as name:
            _save_models(race.job, Path(name), candidate, training)
            with tarfile.open(folder / "model.tar.gz", "w:gz", compresslevel=1) as tar:
                for path in sorted(Path(name).iterdir()):
                    tar.add(path, path.name)
    state = "Completed" if candidate.finished else "Stopped"
    result = {
        "state": state,
        "losses": candidate.losses,
        "scores": candidate.scores,
        "rounds": candidate.rounds,
        "learning_curves": candidate.curves,
        "importance": _average_importance(race, candidate, training),
        "seconds": round(seconds, 3),
    }
    write_atomic(folder / "result.json", json.dumps(result).encode())
    write_line(
        f"candidate {race.number}, {state.lower()}: "
        f"{format_metric_line(max(candidate.rounds, default=0), candidate.scores)}"
    )


def _average_importance(
    race: _Race, candidate: TrainedCandidate, training: Dataset
) -> dict[str, float]:
    """Return the features' shares of the gain, the mean of the models, greatest first."""
    names, shares = training.feature_names, defaultdict[str, float](float)
    for model in candidate.models:
        for index, share in compute_importance(model, linear=race.config.linear):
            shares[names[index]] += share / len(candidate.models)
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _save_models(job: Job, folder: Path, candidate: TrainedCandidate, training: Dataset) -> None:
    several = job.hyperparameters[KFOLD] is not None
    for number, model in enumerate(candidate.models):
        booster_io.save(
            model,
            folder,
            number if several else None,
            training.names,
            training.categorical,
            job.model_format,
        )
