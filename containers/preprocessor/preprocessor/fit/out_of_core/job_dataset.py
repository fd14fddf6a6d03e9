"""The training set of a job that is fitted in parts, on this host or on several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from preprocessor.fit.out_of_core.dask_local import LocalEngine
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import MISSING_VALUES
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.contract.training_job import Channel, Job


@contextmanager
def open_dataset(
    job: Job, request: RecipeRequest, channel: Channel
) -> Iterator[OutOfCoreDataset | None]:
    """Sum up the rows of all hosts; None on a host that has nothing more to do.

    Raises UserError when there are no rows, TandemError naming a host that does not answer, and
    Stopped.
    """
    missing = frozenset({"", *request.values[MISSING_VALUES]})
    if len(job.hosts) == 1:
        yield OutOfCoreDataset.from_engine(LocalEngine(channel, job.stop), missing)
        return
    from preprocessor.fit.out_of_core.dask_hosts import join_hosts

    with join_hosts(job, channel) as engine:
        yield OutOfCoreDataset.from_engine(engine, missing) if engine else None
