"""A training set that nobody holds whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from preprocessor.data.stripped_data import Stripped
from preprocessor.data.summaries.column_summary import Column
from preprocessor.data.training_data import Data
from preprocessor.fit.out_of_core import tasks
from preprocessor.fit.out_of_core.dataset_summary import Survey, merged, surveyed
from preprocessor.fit.out_of_core.memory_bounds import check_room
from preprocessor.fit.out_of_core.row_filter import Choosing
from preprocessor.fit.out_of_core.tasks import Engine
from preprocessor.fit.recipe_fit import Fitted
from preprocessor.infer import target_inference
from preprocessor.infer.missing_target import Rule
from preprocessor.infer.type_inference import Misfit
from preprocessor.recipe.definition import Recipe
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.data.text.number_formats import Format
from tandem.data.unusual_counts import UNPARSABLE
from tandem.errors import UserError, Where
from tandem.logs import logger


@dataclass(frozen=True)
class Parted(Data):
    """Rows that were summed up by an engine, which can go through them once more."""

    engine: Engine
    survey: Survey
    _written: dict[tuple[str, Format], Column] = field(default_factory=dict, compare=False)

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

    def summary(self, name: str, missing: frozenset[str], written: Format | None = None) -> Column:
        """Return what a column holds; for one with a format the rows are gone through once more."""
        if written is None:
            return self.survey.columns[name]
        key = name, written
        if key not in self._written:
            found = self.engine.reduced(tasks.counted_plainly, tasks.together, *key, missing)
            self._written[key] = found
        return self._written[key]

    def check(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""
        if name in self.survey.unreadable:
            raise self.survey.unreadable[name]

    def find(self, column: str, wrong: Callable[[str], bool]) -> Where:
        """Return the address of the first cell that is wrong, by going through the rows again."""
        place: Where | None = self.engine.reduced(tasks.found, tasks.first, column, wrong)
        return place or Where(column=column)

    def without(self, rule: Rule) -> Parted:
        """Return the rows that have a target; they are gone through once more."""
        missing = self.survey.columns[rule.target].missing_values
        return Parted.of(Choosing(self.engine, rule), missing)

    def fit(self, recipe: Recipe) -> Fitted:
        """Fit a recipe.

        Raises BadData for a cell that is not what the recipe reads, UserError where the recipe
        cannot be fitted, or needs more rows at once than there is memory for.
        """
        from preprocessor.fit.out_of_core.summary_fit import fit

        columns = self._columns(recipe)
        for each in recipe.schema().fields:
            if each.kind == "number" and each.policy[UNPARSABLE] == "error":
                target_inference.check_numbers(self, each.name, columns[each.name], each.format)
        self._tell(recipe, columns)
        try:
            return fit(recipe, columns, self._gather)
        except Misfit as error:
            place = Stripped(self) if recipe.strip_blanks else self
            error.where = place.find(error.where.column or "", error.wrong)
            raise

    def _columns(self, recipe: Recipe) -> dict[str, Column]:
        """Return the columns as the recipe reads their cells."""
        missing = frozenset({"", *recipe.missing_values})
        formats = {column.name: column.format for column in recipe.columns}
        columns = {
            name: self.summary(name, missing, formats.get(name)) for name in self.survey.columns
        }
        if recipe.strip_blanks:
            columns = {name: column.spelled(str.strip) for name, column in columns.items()}
        spelled = [field.name for field in recipe.schema().fields if field.one_spelling]
        return columns | {name: columns[name].one_spelling() for name in spelled}

    def _gather(self, schema: RecordSchema) -> Table:
        check_room(schema, self.survey)
        logger.info(
            "all rows of %s are fetched: their steps are not fitted from counts",
            ", ".join(field.name for field in schema.fields),
        )
        table: Table = self.engine.reduced(tasks.gathered, tasks.joined, schema)
        return table

    def _tell(self, recipe: Recipe, columns: Mapping[str, Column]) -> None:
        for each in recipe.schema().fields:
            found = columns[each.name].numbers() if each.kind == "number" else None
            if found is not None and found.bits is not None:
                words = "column %r: many different numbers; quantiles are right to one part in %s"
                logger.info(words, each.name, f"{1 << found.bits:,}")
