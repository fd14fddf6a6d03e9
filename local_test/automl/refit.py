"""Trainings on all rows of a search, once their number of rounds is known."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_test.automl.candidates import SearchCandidate
from local_test.automl.job_runner import XGBOOST, FitRequest, JobRunner
from local_test.automl.search import CandidateSearch
from local_test.automl.trial_jobs import PARQUET
from local_test.jobs import Channel
from local_test.jobs.artifacts import MODEL

_FOLDER = "refit"


def refit_members(
    search: CandidateSearch,
    runner: JobRunner,
    members: Sequence[SearchCandidate],
    folder: Path,
    stop: threading.Event,
) -> dict[str, Path]:
    """Train candidates of one recipe on the rows of training and validation.

    Each has the rounds that it kept in the search. Returns the archive of each by name, below
    `folder`/refit. Raises JobError when a training does not end as Completed.
    """
    rows = _join_features(search, members[0].recipe, folder / _FOLDER)
    archives = {one.name: folder / _FOLDER / one.name / MODEL for one in members}

    def train(one: SearchCandidate) -> None:
        request = FitRequest(
            f"{one.name}-all",
            XGBOOST,
            [Channel("train", rows, PARQUET)],
            list_refit_settings(one),
            archives[one.name].parent,
        )
        runner.fit(request, lambda _: None, stop)

    with ThreadPoolExecutor(search.parallel) as pool:
        list(pool.map(train, {one.name: one for one in members}.values()))
    return archives


def list_refit_settings(candidate: SearchCandidate) -> dict[str, str]:
    """Return the hyperparameters of a candidate that takes the rounds it kept in the search."""
    settings = dict(candidate.hyperparameters) | {"num_round": str(candidate.rounds[0])}
    settings.pop("early_stopping_rounds", None)
    return settings


def _join_features(search: CandidateSearch, recipe: str, folder: Path) -> Path:
    """Write the features of training and validation as one file, and return its path."""
    import pyarrow as pa
    from pyarrow import parquet

    parts = [one.path for one in search.jobs.make_channels(search.plan.find_recipe(recipe))]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.parquet"
    parquet.write_table(pa.concat_tables([parquet.read_table(part) for part in parts]), path)
    return path
