"""The jobs of one candidate: its recipe's features, made once, and its training."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from local_test.automl.data.problem import Objective, ProblemType
from local_test.automl.data.scores import Answers
from local_test.automl.job_runner import (
    PREPROCESSOR,
    XGBOOST,
    ApplyRequest,
    FitRequest,
    FittedStage,
    JobRunner,
    Watch,
    read_member,
    read_metrics,
)
from local_test.automl.predictions import predict_rows
from local_test.automl.recipes import RecipeVariant
from local_test.jobs import Channel
from local_test.jobs.artifacts import MODEL, OUTPUT
from local_test.platform.metrics import MetricDefinition

PARQUET = "application/x-parquet"
_LOSS = "search:loss"
FOLDS = 4


@dataclass(frozen=True)
class TrialData:
    """Files of raw rows: `folder` has `train` and, unless cross-validated, `validation`."""

    folder: Path
    suffix: str
    content_type: str
    cross_validated: bool

    def locate(self, part: str) -> Path:
        """Return the file of a part."""
        return self.folder / part / f"{part}{self.suffix}"


@dataclass
class FeatureStore:
    """Features of each recipe on disk; each is made once, also across restarts of a search."""

    runner: JobRunner
    data: TrialData
    folder: Path
    prefix: str
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def locate_transform(self, recipe: RecipeVariant) -> Path:
        """Return the folder of the recipe's training job."""
        return self.folder / recipe.name / "transform"

    def locate(self, recipe: RecipeVariant, part: str) -> Path:
        """Return the file of features of a part."""
        return self.folder / recipe.name / "features" / part / f"{part}{self.data.suffix}.out"

    def prepare(self, recipe: RecipeVariant, stop: threading.Event) -> None:
        """Fit the recipe and transform the rows, unless that is done."""
        with self._guard:
            lock = self._locks.setdefault(recipe.name, threading.Lock())
        with lock:
            done = self.folder / recipe.name / "done"
            if done.exists():
                return
            self._fit(recipe, stop)
            parts = ["train"] if self.data.cross_validated else ["train", "validation"]
            for part in parts:
                self._transform(recipe, part, stop)
            done.touch()

    def _fit(self, recipe: RecipeVariant, stop: threading.Event) -> None:
        channel = Channel("train", self.data.locate("train"), self.data.content_type)
        request = FitRequest(
            f"{self.prefix}-{recipe.name}-fit",
            PREPROCESSOR,
            [channel],
            recipe.settings,
            self.locate_transform(recipe),
        )
        self.runner.fit(request, _ignore, stop)

    def _transform(self, recipe: RecipeVariant, part: str, stop: threading.Event) -> None:
        request = ApplyRequest(
            f"{self.prefix}-{recipe.name}-{part}",
            [FittedStage(PREPROCESSOR, self.locate_transform(recipe) / MODEL)],
            self.data.locate(part),
            self.data.content_type,
            PARQUET,
            self.locate(recipe, part).parent,
        )
        self.runner.apply(request, stop)


@dataclass(frozen=True)
class TrialResult:
    """A candidate's score by the objective, and further metrics of the same rows."""

    score: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TrialJobs:
    """Runs the training of candidates and reads their scores."""

    runner: JobRunner
    features: FeatureStore
    problem: ProblemType
    objective: Objective

    def run(
        self,
        name: str,
        recipe: RecipeVariant,
        hyperparameters: Mapping[str, str],
        output: Path,
        watch: Watch,
        stop: threading.Event,
    ) -> TrialResult:
        """Train a candidate and score it. Raises JobError when a job fails or is stopped."""
        self.features.prepare(recipe, stop)
        crossed = self.features.data.cross_validated
        metrics = self._list_metrics(recipe)
        request = FitRequest(
            name,
            XGBOOST,
            self.make_channels(recipe),
            {
                **hyperparameters,
                "eval_metric": ",".join(metrics),
                **({"_kfold": str(FOLDS)} if crossed else {}),
            },
            output,
            make_loss_definition(self.problem.loss, crossed=crossed),
        )
        self.runner.fit(request, watch, stop)
        return (
            self._score_folds(output, recipe)
            if crossed
            else self._score(name, output, recipe, stop)
        )

    def make_channels(self, recipe: RecipeVariant) -> list[Channel]:
        """Return the channels of features."""
        parts = ["train"] if self.features.data.cross_validated else ["train", "validation"]
        return [Channel(part, self.features.locate(recipe, part), PARQUET) for part in parts]

    def _list_metrics(self, recipe: RecipeVariant) -> list[str]:
        """Return the metrics the image computes; the last one, a loss, stops the rounds early."""
        wanted = [] if recipe.scales_target else [self.objective.trained]
        return [*(name for name in wanted if name != self.problem.loss), self.problem.loss]

    def _score_folds(self, output: Path, recipe: RecipeVariant) -> TrialResult:
        answers = read_fold_answers(output, recipe, self.problem)
        return TrialResult(self.objective.score(answers))

    def _score(
        self, name: str, output: Path, recipe: RecipeVariant, stop: threading.Event
    ) -> TrialResult:
        if not recipe.scales_target:
            scores = read_metrics(output)["scores"]["validation"]
            return TrialResult(float(scores[self.objective.trained]), metrics=scores)
        return TrialResult(
            self.objective.score(self.predict_validation(name, output, recipe, stop))
        )

    def predict_validation(
        self, name: str, output: Path, recipe: RecipeVariant, stop: threading.Event
    ) -> Answers:
        """Return the predictions of the validation rows, in the target's units."""
        data = self.features.data
        rows = (data.locate("validation"), data.content_type, recipe.settings["target"])
        transform = self.features.locate_transform(recipe)
        model, label = output / MODEL, f"{name}-validation"
        return predict_rows(self.runner, label, transform, model, self.problem, rows, stop)


def make_loss_definition(loss: str, *, crossed: bool) -> MetricDefinition:
    """Return how the loss is read from the log: of each fold, or of each round."""
    head = r"fold \d+ of \d+:" if crossed else r"^\[\d+\]"
    return MetricDefinition(_LOSS, re.compile(rf"{head}.*validation-{loss}:([-+.\deE]+)"))


def read_fold_answers(output: Path, recipe: RecipeVariant, problem: ProblemType) -> Answers:
    """Return the out-of-fold predictions, in the target's units.

    Of more than two classes the image writes the class alone, which becomes a probability of 1.
    """
    text = read_member(output / OUTPUT, "predictions.csv").decode()
    table = np.array([line.split(",") for line in text.splitlines()], dtype=np.float64)
    labels, outputs = table[:, 0], table[:, 1:2]
    if recipe.scales_target:
        labels, outputs = np.expm1(labels), np.expm1(outputs)
    if problem is ProblemType.MULTICLASS:
        classes = table[:, 2].astype(np.intp)
        outputs = np.eye(int(max(labels.max(), classes.max())) + 1)[classes]
    return Answers(labels, outputs)


def _ignore(_: object) -> None:
    """Watch nothing: the preprocessor has no metric."""
