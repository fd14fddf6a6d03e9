"""A training set in memory, fitted by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from preprocessor.data.channel_records import ChannelRecords, read_channel
from preprocessor.fit import recipe_fit
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.infer.missing_target import MissingTargetRule
from preprocessor.recipe.definition import Recipe
from tandem.contract.training_job import Channel, Job
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.data.unusual_counts import UNPARSABLE
from tandem.errors import BadData
from tandem.logs import logger


class InMemoryDataset(ChannelRecords):
    """The records of a channel as a training set in memory."""

    def fit(self, recipe: Recipe) -> FittedRecipe:
        """Fit a recipe. Raises UserError as `fit_recipe` does, and BadData with file and row."""
        table = self._build_table(recipe.build_schema())
        with self._locate_errors():
            return recipe_fit.fit_recipe(recipe, table)

    def drop_missing_targets(self, rule: MissingTargetRule) -> InMemoryDataset:
        """Return the data set without the rows that have no target."""
        return InMemoryDataset(self.names, tuple(rule.filter_records(self.files)))

    @contextmanager
    def _locate_errors(self) -> Iterator[None]:
        """Add file and row to an error whose row counts from 1 over all files."""
        try:
            yield
        except BadData as error:
            row, column = error.where.row, error.where.column
            if row is not None and column is not None:
                error.where = self.locate(row - 1, column)
            raise

    def _build_table(self, schema: RecordSchema) -> Table:
        tables = [schema.to_table(file) for file in self.files]
        for table in tables:
            for column, count in table.counts.rank_columns(UNPARSABLE) if table.counts else ():
                words = "%s: %d texts are no numbers, and are taken as missing"
                logger.warning(words, column, count)
        return stack_tables(tables)


def stack_tables(tables: Sequence[Table]) -> Table:
    """Return the rows of all tables in one, with their labels and weights."""
    labels = [table.label for table in tables if table.label is not None]
    weights = [table.weight for table in tables if table.weight is not None]
    return Table(
        np.concatenate([table.numbers for table in tables]),
        np.concatenate([table.texts for table in tables]),
        np.concatenate(labels) if labels else None,
        weight=np.concatenate(weights) if weights else None,
    )


@contextmanager
def open_dataset(job: Job, channel: Channel) -> Iterator[InMemoryDataset]:
    """Open the data set of a channel. Raises BadData, and Stopped after SIGTERM."""
    records = read_channel(channel)
    job.stop.check()
    yield InMemoryDataset(records.names, records.files)
