"""A training set that is summarized out of core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from preprocessor.data.stripped_data import StrippedData
from preprocessor.data.training_data import TrainingData
from preprocessor.fit.out_of_core import tasks
from preprocessor.fit.out_of_core.dataset_summary import (
    DatasetSummary,
    merge_summaries,
    summarize_records,
)
from preprocessor.fit.out_of_core.memory_bounds import check_memory
from preprocessor.fit.out_of_core.row_filter import FilteringEngine
from preprocessor.fit.out_of_core.tasks import Engine
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.infer import target_inference
from preprocessor.infer.missing_target import MissingTargetRule
from preprocessor.infer.type_inference import TypeConflict
from preprocessor.recipe.definition import Recipe
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.tables import Table
from tandem.data.text.number_formats import NumberFormat
from tandem.data.unusual_counts import UNPARSABLE
from tandem.errors import Location, UserError
from tandem.logs import logger


@dataclass(frozen=True)
class OutOfCoreDataset(TrainingData):
    """A training set summarized by an engine, which can read the rows again."""

    engine: Engine
    dataset_summary: DatasetSummary
    _formatted: dict[tuple[str, NumberFormat], ColumnSummary] = field(
        default_factory=dict, compare=False
    )

    @classmethod
    def from_engine(cls, engine: Engine, missing: frozenset[str]) -> OutOfCoreDataset:
        """Summarize the rows of an engine. Raises UserError when there are none."""
        summary: DatasetSummary | None = engine.map_reduce(
            summarize_records, merge_summaries, missing
        )
        if summary is None:
            raise UserError("no host has a row in the training channel")
        return cls(engine, summary)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""
        return self.dataset_summary.names

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.dataset_summary.rows

    def summarize(
        self, name: str, missing: frozenset[str], number_format: NumberFormat | None = None
    ) -> ColumnSummary:
        """Return the summary of a column; a `number_format` needs another pass over the rows."""
        if number_format is None:
            return self.dataset_summary.columns[name]
        key = name, number_format
        if key not in self._formatted:
            summary = self.engine.map_reduce(
                tasks.count_plain_numbers, tasks.merge_columns, *key, missing
            )
            self._formatted[key] = summary
        return self._formatted[key]

    def check_readable(self, name: str) -> None:
        """Raise BadData when a column holds values of an unsupported type."""
        if name in self.dataset_summary.unreadable:
            raise self.dataset_summary.unreadable[name]

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the location of the first wrong cell; this reads the rows again."""
        location: Location | None = self.engine.map_reduce(
            tasks.find_cell, tasks.choose_first, column, is_wrong
        )
        return location or Location(column=column)

    def drop_missing_targets(self, rule: MissingTargetRule) -> OutOfCoreDataset:
        """Return the data set without the rows that have no target; this reads the rows again."""
        missing = self.dataset_summary.columns[rule.target].missing_values
        return OutOfCoreDataset.from_engine(FilteringEngine(self.engine, rule), missing)

    def fit(self, recipe: Recipe) -> FittedRecipe:
        """Fit a recipe.

        Raises BadData when a cell cannot be parsed. Raises UserError when the recipe cannot be
        fitted, or when steps need more rows in memory than fit.
        """
        from preprocessor.fit.out_of_core.summary_fit import fit_summaries

        columns = self._summarize_columns(recipe)
        for each in recipe.build_schema().fields:
            if each.kind == "number" and each.policy[UNPARSABLE] == "error":
                target_inference.check_numbers(self, each.name, columns[each.name], each.format)
        self._log_precision(recipe, columns)
        try:
            return fit_summaries(recipe, columns, self._gather_rows)
        except TypeConflict as error:
            view = StrippedData(self) if recipe.strip_blanks else self
            error.where = view.find_cell(error.where.column or "", error.is_wrong)
            raise

    def _summarize_columns(self, recipe: Recipe) -> dict[str, ColumnSummary]:
        """Return the summaries of the columns with their cells as the recipe parses them."""
        missing = frozenset({"", *recipe.missing_values})
        formats = {column.name: column.format for column in recipe.columns}
        columns = {
            name: self.summarize(name, missing, formats.get(name))
            for name in self.dataset_summary.columns
        }
        if recipe.strip_blanks:
            columns = {name: column.respell(str.strip) for name, column in columns.items()}
        spelled = [field.name for field in recipe.build_schema().fields if field.one_spelling]
        return columns | {name: columns[name].unify_spelling() for name in spelled}

    def _gather_rows(self, schema: RecordSchema) -> Table:
        check_memory(schema, self.dataset_summary)
        logger.info(
            "all rows of %s are fetched: their steps are not fitted from counts",
            ", ".join(field.name for field in schema.fields),
        )
        table: Table = self.engine.map_reduce(tasks.gather_rows, tasks.join_tables, schema)
        return table

    def _log_precision(self, recipe: Recipe, columns: Mapping[str, ColumnSummary]) -> None:
        for each in recipe.build_schema().fields:
            numbers = columns[each.name].numbers() if each.kind == "number" else None
            if numbers is not None and numbers.bits is not None:
                words = "column %r: many different numbers; quantiles are right to one part in %s"
                logger.info(words, each.name, f"{1 << numbers.bits:,}")
