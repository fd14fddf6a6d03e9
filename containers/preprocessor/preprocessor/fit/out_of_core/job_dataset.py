"""The training set of an out-of-core job, on one host or several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from preprocessor.fit.out_of_core.dask_local import LocalEngine, run_task
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import MISSING_VALUES
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.contract.training_job import Channel, Job


@contextmanager
def open_dataset(
    job: Job, request: RecipeRequest, channel: Channel
) -> Iterator[OutOfCoreDataset | None]:
    """Open the data set of all hosts; None on the other hosts, when the first one has finished.

    Raises UserError when there are no rows, TandemError when a host is lost, and Stopped.
    """
    missing = frozenset({"", *request.values[MISSING_VALUES]})
    if len(job.hosts) == 1:
        yield OutOfCoreDataset.from_engine(LocalEngine(channel, job.stop), missing)
        return
    from tandem.hosts.dask_hosts import join_hosts
    from tandem.hosts.membership import Membership

    members = Membership(job.hosts, job.current_host, job.stop, "fit")
    with join_hosts(members, partial(run_task, channel, job.stop, (0, None))) as engine:
        yield OutOfCoreDataset.from_engine(engine, missing) if engine else None
