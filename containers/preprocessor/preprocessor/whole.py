"""A training set that is held in memory, and fitted by scikit-learn as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from preprocessor import fitting
from preprocessor.fitting import Fitted
from preprocessor.raw import Raw, read
from preprocessor.recipe import Recipe
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData
from tandem.job import Channel, Job


class Whole(Raw):
    """The rows of a channel."""

    def fit(self, recipe: Recipe) -> Fitted:
        """Fit a recipe. Raises UserError as `fitting.fit` does, and BadData naming file and row."""
        table = self._table(recipe.schema())
        with self._located():
            return fitting.fit(recipe, table)

    @contextmanager
    def _located(self) -> Iterator[None]:
        """Give an error whose row counts from 1 over all files its file and its row there."""
        try:
            yield
        except BadData as error:
            row, column = error.where.row, error.where.column
            if row is not None and column is not None:
                error.where = self.where(row - 1, column)
            raise

    def _table(self, schema: RecordSchema) -> Table:
        tables = [schema.table(file) for file in self.files]
        return Table(
            np.concatenate([table.numbers for table in tables]),
            np.concatenate([table.texts for table in tables]),
        )


@contextmanager
def opened(job: Job, channel: Channel) -> Iterator[Whole]:
    """Read a channel. Raises BadData, and Stopped."""
    raw = read(channel)
    job.stop.check()
    yield Whole(raw.names, raw.files)
