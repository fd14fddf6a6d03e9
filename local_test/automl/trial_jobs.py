"""The jobs of candidates: a recipe's features, made once, and trainings of several candidates."""

import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from local_test.automl.data.digests import has_digests, write_digests
from local_test.automl.data.problem import Objective, ProblemType, choose_watched
from local_test.automl.data.scores import Answers
from local_test.automl.job_runner import (
    PREPROCESSOR,
    XGBOOST,
    FitRequest,
    JobRunner,
)
from local_test.automl.recipes import RecipeVariant
from local_test.errors import JobError
from local_test.jobs import Channel
from local_test.jobs.artifacts import MODEL, OUTPUT
from local_test.platform.archives import unpack
from local_test.workspace import open_workspace

PARQUET = "application/x-parquet"
_RESULT, _PREDICTIONS = "result.json", "predictions.npz"
_UNPACKED = 1 << 36
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
    _checked: set[str] = field(default_factory=set)

    def locate_transform(self, recipe: RecipeVariant) -> Path:
        """Return the folder of the recipe's training job."""
        return self.folder / recipe.name / "transform"

    def locate(self, recipe: RecipeVariant, part: str) -> Path:
        """Return the file of features of a part."""
        return self.folder / recipe.name / "features" / part / f"{part}{self.data.suffix}.out"

    def prepare(self, recipe: RecipeVariant, stop: threading.Event) -> None:
        """Fit the recipe and transform the rows, unless the files of an earlier time are whole."""
        with self._guard:
            lock = self._locks.setdefault(recipe.name, threading.Lock())
        with lock:
            parts = ["train"] if self.data.cross_validated else ["train", "validation"]
            files = [self.locate_transform(recipe) / MODEL]
            files += [self.locate(recipe, part) for part in parts]
            if recipe.name in self._checked or has_digests(self.folder / recipe.name, files):
                self._checked.add(recipe.name)
                return
            self._fit(recipe, parts, stop)
            write_digests(self.folder / recipe.name, files)
            self._checked.add(recipe.name)

    def _fit(self, recipe: RecipeVariant, parts: Sequence[str], stop: threading.Event) -> None:
        """Fit the recipe and transform the parts, by one job."""
        channels = [Channel(part, self.data.locate(part), self.data.content_type) for part in parts]
        output = self.locate_transform(recipe)
        request = FitRequest(
            f"{self.prefix}-{recipe.name}-fit",
            PREPROCESSOR,
            channels,
            {**recipe.settings, "write_features": "true"},
            output,
        )
        self.runner.fit(request, _ignore, stop)
        with open_workspace() as space:
            unpack(output / OUTPUT, space / "output", _UNPACKED)
            shutil.copytree(
                space / "output" / "features",
                self.folder / recipe.name / "features",
                dirs_exist_ok=True,
            )
        (output / OUTPUT).unlink()


@dataclass(frozen=True)
class ProposedCandidate:
    """A candidate to train: its name, and the hyperparameters that are its own."""

    name: str
    hyperparameters: Mapping[str, str]


@dataclass(frozen=True)
class TrialResult:
    """What came of a candidate; `score` by the objective is None when it was stopped.

    `losses` are the losses of its steps: of its folds so far, or where rounds x learning rate
    reached 5, 10, 20, ...
    `rounds` are those that each of its models keeps.
    """

    score: float | None
    losses: Sequence[float] = ()
    rounds: Sequence[int] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class TrialJobs:
    """Runs the training of candidates and reads their scores."""

    runner: JobRunner
    features: FeatureStore
    problem: ProblemType
    objective: Objective
    folder: Path

    def locate(self, name: str) -> Path:
        """Return the folder of a candidate: its model, predictions and result."""
        return self.folder / "candidates" / name

    def run(
        self,
        recipe: RecipeVariant,
        shared: Mapping[str, str],
        candidates: Sequence[ProposedCandidate],
        bounds: Sequence[float],
        stop: threading.Event,
    ) -> dict[str, TrialResult]:
        """Train candidates of one recipe by one job, which has the name of the first.

        A candidate whose loss of a step is above the bound of the step is stopped. Returns the
        result of each one that ended. Raises JobError when none did.
        """
        self.features.prepare(recipe, stop)
        name, output = candidates[0].name, self.folder / "jobs" / candidates[0].name
        own = [dict(one.hyperparameters) for one in candidates]
        settings = {
            **shared,
            **self.list_settings(),
            "_candidates": format_candidates(own),
            **({"_candidate_bounds": json.dumps(list(bounds))} if bounds else {}),
        }
        request = FitRequest(name, XGBOOST, self.make_channels(recipe), settings, output)
        try:
            self.runner.fit(request, _ignore, stop)
        except JobError:
            if not stop.is_set() or not self._take(output, candidates):
                raise
        else:
            self._take(output, candidates)
        return {
            one.name: self._read_result(one.name, recipe)
            for one in candidates
            if (self.locate(one.name) / _RESULT).exists()
        }

    def list_settings(self) -> dict[str, str]:
        """Return the hyperparameters by which every candidate is compared."""
        folds = {"_kfold": str(FOLDS)} if self.features.data.cross_validated else {}
        return {**choose_watched(self.problem, self.objective), **folds}

    def make_channels(self, recipe: RecipeVariant) -> list[Channel]:
        """Return the channels of features."""
        parts = ["train"] if self.features.data.cross_validated else ["train", "validation"]
        return [Channel(part, self.features.locate(recipe, part), PARQUET) for part in parts]

    def is_whole(self, name: str) -> bool:
        """Return whether a candidate's model and predictions are there as its job wrote them."""
        folder = self.locate(name)
        return has_digests(folder, [folder / MODEL, folder / _PREDICTIONS])

    def read_answers(self, name: str, recipe: RecipeVariant) -> Answers:
        """Return a candidate's predictions of rows that it was not trained on, in their units."""
        with np.load(self.locate(name) / _PREDICTIONS) as arrays:
            labels = np.asarray(arrays["labels"], dtype=np.float64)
            outputs = np.asarray(arrays["outputs"], dtype=np.float64)
        if recipe.scales_target:
            labels, outputs = np.expm1(labels), np.expm1(outputs)
        return Answers(labels, outputs)

    def read_facts(self, name: str) -> dict[str, Any]:
        """Return `result.json` of a candidate: losses, rounds, learning curves, importance."""
        text = (self.locate(name) / _RESULT).read_text(encoding="utf-8")
        facts: dict[str, Any] = json.loads(text)
        return facts

    def _read_result(self, name: str, recipe: RecipeVariant) -> TrialResult:
        facts = self.read_facts(name)
        done = facts["state"] == "Completed"
        score = self.objective.score(self.read_answers(name, recipe)) if done else None
        return TrialResult(score, facts["losses"], facts["rounds"], facts["seconds"])

    def _take(self, output: Path, candidates: Sequence[ProposedCandidate]) -> bool:
        """Move the candidates out of the archive of a job; return whether there is one."""
        if not (output / OUTPUT).exists():
            return False
        with open_workspace() as space:
            unpack(output / OUTPUT, space / "output", _UNPACKED)
            for number, one in enumerate(candidates):
                source = space / "output" / "candidates" / str(number)
                if (source / _RESULT).exists():
                    folder = self.locate(one.name)
                    shutil.copytree(source, folder, dirs_exist_ok=True)
                    write_digests(folder, [folder / path.name for path in source.iterdir()])
        for archive in (MODEL, OUTPUT):
            (output / archive).unlink(missing_ok=True)
        return any((self.locate(one.name) / _RESULT).exists() for one in candidates)


def format_candidates(own: Sequence[Mapping[str, str]]) -> str:
    """Return the value of the hyperparameter `_candidates`."""
    return json.dumps(list(own), separators=(",", ":"))


def _ignore(_: object) -> None:
    """Watch nothing: the preprocessor has no metric."""
