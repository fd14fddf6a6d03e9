"""A training set that nobody holds whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from preprocessor import targets
from preprocessor.fitting import Fitted
from preprocessor.inference import Misfit
from preprocessor.parts import tasks
from preprocessor.parts.bounds import check_room
from preprocessor.parts.survey import Survey, merged, surveyed
from preprocessor.parts.tasks import Engine
from preprocessor.recipe import Recipe
from preprocessor.summaries.columns import Column
from preprocessor.summaries.data import Data
from tandem.data.counts import UNPARSABLE
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import UserError, Where
from tandem.logs import logger


@dataclass(frozen=True)
class Parted(Data):
    """Rows that were summed up by an engine, which can go through them once more."""

    engine: Engine
    survey: Survey

    @classmethod
    def of(cls, engine: Engine, missing: frozenset[str]) -> Parted:
        """Sum up the rows of an engine. Raises UserError when there is none."""
        survey: Survey | None = engine.reduced(surveyed, merged, missing)
        if survey is None:
            raise UserError("no host has a row in the training channel")
        return cls(engine, survey)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""
        return self.survey.names

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.survey.rows

    def summary(self, name: str, missing: frozenset[str]) -> Column:  # noqa: ARG002 - counted by it
        """Give what a column holds."""
        return self.survey.columns[name]

    def check(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""
        if name in self.survey.unreadable:
            raise self.survey.unreadable[name]

    def find(self, column: str, wrong: Callable[[str], bool]) -> Where:
        """Give the address of the first cell that is wrong, by going through the rows again."""
        place: Where | None = self.engine.reduced(tasks.found, tasks.first, column, wrong)
        return place or Where(column=column)

    def fit(self, recipe: Recipe) -> Fitted:
        """Fit a recipe.

        Raises BadData for a cell that is not what the recipe reads, UserError where the recipe
        cannot be fitted, or needs more rows at once than there is memory for.
        """
        from preprocessor.parts.fitting import fit

        for field in recipe.schema().fields:
            if field.kind == "number" and field.policy[UNPARSABLE] == "error":
                targets.check_numbers(self, field.name, self.survey.columns[field.name])
        self._tell(recipe)
        try:
            return fit(recipe, self.survey.columns, self._gather)
        except Misfit as error:
            error.where = self.find(error.where.column or "", error.wrong)
            raise

    def _gather(self, schema: RecordSchema) -> Table:
        check_room(schema, self.survey)
        logger.info(
            "all rows of %s are fetched: their steps are not fitted from counts",
            ", ".join(field.name for field in schema.fields),
        )
        table: Table = self.engine.reduced(tasks.gathered, tasks.joined, schema)
        return table

    def _tell(self, recipe: Recipe) -> None:
        for field in recipe.schema().fields:
            numeric = field.kind == "number"
            found = self.survey.columns[field.name].numbers() if numeric else None
            if found is not None and found.bits is not None:
                words = "column %r: many different numbers; quantiles are right to one part in %s"
                logger.info(words, field.name, f"{1 << found.bits:,}")
