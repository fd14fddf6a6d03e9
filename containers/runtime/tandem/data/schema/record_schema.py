"""The input of a model that reads records: named columns of numbers and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.data.column_names import IndexedSource, check_names
from tandem.data.schema.fields import Field, NumberRanges, TextRules
from tandem.data.schema.policies import (
    ERROR,
    apply_category_policy,
    apply_range_policy,
    count_missing,
    read_leniently,
)
from tandem.data.schema.row_source import ColumnSource, RowSource
from tandem.data.tables import Cell, Records, Table
from tandem.data.text import csv_dialect, header_row
from tandem.data.text.canonical_form import normalize_word
from tandem.data.text.float_conversion import read_numbers
from tandem.data.text.number_formats import NumberFormat
from tandem.data.unusual_counts import MISSING_COLUMN, UNPARSABLE, UnusualCounts
from tandem.errors import BadData, Location, Locator, join_words

_SHOWN = 3
FloatValues = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class RecordSchema:
    """Named columns of numbers and texts.

    `fields` are the columns that a model reads. `layout` is the column order of the training data,
    label and unused columns included: rows without names must have it, with or without the label,
    or without label and weight. Cells equal to one of `missing` are missing. With `strip`, texts
    are read without surrounding blanks. Rows without names may also lack all of the `omitted`
    columns, beside label and weight.
    """

    fields: tuple[Field, ...]
    layout: tuple[str, ...]
    label: Field | None = None
    missing: frozenset[str] = frozenset({""})
    weight: Field | None = None
    strip: bool = False
    omitted: frozenset[str] = frozenset()

    def read(self, source: RowSource) -> Table:
        """Read a body by column names if it has them, else by position. Raises BadData."""
        source = self._keep_index(source)
        if isinstance(source, ColumnSource):
            return self.to_table(source.read_columns(self._plain_numbers, len(self.layout)))
        return self.to_table(self.resolve_names(source.read_records(len(self.layout))))

    def read_records(self, source: RowSource) -> Records:
        """Return the rows of a body with the names of their columns. Raises BadData."""
        return self.resolve_names(self._keep_index(source).read_records(len(self.layout)))

    def clean_names(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names without outer blanks, unless all are known as they are."""
        return names if self._known_names.issuperset(names) else tuple(map(str.strip, names))

    def resolve_names(self, records: Records) -> Records:
        """Return records with column names: from a header row, else from the layout of that width.

        The first row is a header when most of its cells are column names. Raises BadData when there
        is no row, when the header is ambiguous, or when no layout has this width.
        """
        if records.names is not None:
            return records
        if not records.rows:
            raise BadData("there is no row", where=Location(file=records.file))
        first = tuple(cell.strip() for cell in records.rows[0])
        if records.header and self._is_header(first):
            self._check_unambiguous(first, records)
            return Records(records.rows[1:], first, records.file, records.first_row + 1)
        names = self._find_layout(len(first), records)
        typed = frozenset(names if records.numeric else ())
        return Records(records.rows, names, records.file, records.first_row, typed=typed)

    def to_table(self, records: Records) -> Table:
        """Convert named rows to a table of numbers and texts, policies applied.

        Raises BadData naming row and column.
        """
        names = self.layout if records.names is None else records.names
        if not records.rows:
            raise BadData("there is no row below the header", where=Location(records.file))
        positions = self._positions.get(names)
        if positions is None:
            positions = self._find_positions(names, records)
        records.check_readable(self._used_names)
        rows = len(records.rows)
        columns = records.list_columns()
        counts = UnusualCounts()

        def get_cells(field: Field) -> Sequence[Cell]:
            place = positions.get(field.name)
            if place is not None:
                return columns[place]
            counts.add(MISSING_COLUMN, field.name, rows)
            return ("",) * rows

        label, weight = (
            self._read_field(field, get_cells(field), records)
            if field is not None and field.name in positions
            else None
            for field in (self.label, self.weight)
        )
        cell_columns = self._convert_formats(
            [get_cells(field) for field in self._number_fields], records.typed
        )
        one = rows == 1 and not records.floats
        numbers = self._read_one_row(cell_columns) if one else None
        if numbers is None:
            numbers = self._read_columns(cell_columns, records, counts)
        if self._ranges.has_violation(numbers):
            self._apply_range_policies(numbers, positions, records, counts)
        texts = np.empty((rows, len(self._text_fields)), dtype=object)
        for index, (text, known) in enumerate(self._text_fields):
            values = self._mark_missing(get_cells(text))
            if known is None or not known.issuperset(values):
                values = self._apply_category_policy(values, text, positions, records, counts)
            texts[:, index] = values
        return Table(numbers, texts, label=label, counts=counts or None, weight=weight)

    def _keep_index(self, source: RowSource) -> RowSource:
        """Return the body, its index columns that the model knows read like other columns."""
        return source.keep_index(self._known_names) if isinstance(source, IndexedSource) else source

    @cached_property
    def _number_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.kind == "number")

    @cached_property
    def _plain_numbers(self) -> frozenset[str]:
        """The number columns that need no cells: no format, and no number that means missing."""
        if any(map(header_row.is_number, self.missing)):
            return frozenset()
        return frozenset(field.name for field in self._number_fields if not field.format)

    @cached_property
    def _formats(self) -> tuple[tuple[int, NumberFormat], ...]:
        """The number columns with a number format, by index in `_number_fields`."""
        fields = enumerate(self._number_fields)
        return tuple((index, field.format) for index, field in fields if field.format)

    @cached_property
    def _text_fields(self) -> tuple[tuple[Field, frozenset[str | None] | None], ...]:
        return tuple((field, field.policy.known) for field in self.fields if field.kind == "text")

    @cached_property
    def _ranges(self) -> NumberRanges:
        return NumberRanges.from_fields(self._number_fields)

    def _apply_range_policies(
        self,
        numbers: FloatArray,
        position: Mapping[str, int],
        records: Records,
        counts: UnusualCounts,
    ) -> None:
        """Apply the policies to missing and out-of-range numbers, in place, and count them."""
        for column, field in zip(numbers.T, self._number_fields, strict=True):
            if field.name in position:
                gone = int(np.count_nonzero(np.isnan(column)))
                count_missing(gone, field.policy, field.name, counts)
            apply_range_policy(
                column, field.policy, field.name, counts, self._make_locator(field, records)
            )

    def _apply_category_policy(
        self,
        words: list[str | None],
        field: Field,
        position: Mapping[str, int],
        records: Records,
        counts: UnusualCounts,
    ) -> list[str | None]:
        """Return words in canonical form, unseen categories replaced as the policy says."""
        words = self._text_rules.normalize_words(words, field)
        if field.policy.known is not None and field.policy.known.issuperset(words):
            return words
        if field.name in position:
            count_missing(words.count(None), field.policy, field.name, counts)
        locate = self._make_locator(field, records)
        return apply_category_policy(words, field.policy, field.name, counts, locate)

    @cached_property
    def _text_rules(self) -> TextRules:
        return TextRules(self.missing, self.strip)

    @cached_property
    def _classes(self) -> Mapping[str, str]:
        """The names of the label's classes by their canonical form."""
        known = self.label.policy.known if self.label else None
        return {normalize_word(name): name for name in known or () if name is not None}

    @cached_property
    def _layouts(self) -> tuple[tuple[str, ...], ...]:
        """The layouts of rows without names: without label and weight, without label, with all.

        Behind them, if there are omitted columns, the first without these: it is the shortest.
        """
        label = self.label.name if self.label else None
        weight = self.weight.name if self.weight else None
        bare = tuple(name for name in self.layout if name != label)
        barest = tuple(name for name in bare if name != weight)
        short = tuple(name for name in barest if name not in self.omitted)
        return (barest, bare, self.layout, *((short,) if self.omitted else ()))

    @cached_property
    def _positions(self) -> Mapping[tuple[str, ...], Mapping[str, int]]:
        return {layout: _index_names(layout) for layout in self._layouts}

    @cached_property
    def _used_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in (*self.fields, self.label, self.weight) if field)

    @cached_property
    def _required_names(self) -> frozenset[str]:
        must = (f for f in self.fields if f.policy[MISSING_COLUMN] == ERROR)
        return frozenset(field.name for field in must)

    @cached_property
    def _known_names(self) -> frozenset[str]:
        return frozenset((*self.layout, *(field.name for field in self.fields)))

    @cached_property
    def _layout_names(self) -> frozenset[str]:
        return frozenset(self.layout)

    def _is_header(self, first: Sequence[str]) -> bool:
        return 2 * sum(map(self._layout_names.__contains__, first)) > len(first)

    def _check_unambiguous(self, first: Sequence[str], records: Records) -> None:
        """Raise BadData when a first row could be a header and a row of numbers as well."""
        if all(map(header_row.is_number, filter(self._layout_names.__contains__, first))):
            raise BadData(
                "the first row may hold column names or data, as the columns are named by numbers",
                where=Location(records.file, records.first_row),
                remedy="Declare 'text/csv; header=present' or 'text/csv; header=absent'",
            )

    def _find_layout(self, width: int, records: Records) -> tuple[str, ...]:
        for layout in self._layouts:
            if width == len(layout):
                return layout
        layout_widths = tuple(map(len, self._layouts))
        barest, bare, whole = layout_widths[:3]
        widths = [str(barest)]
        widths += [f"{layout_widths[3]} without {self._name_omitted()}"] if self.omitted else []
        widths += [f"{bare} with '{self.weight.name}'"] if self.weight else []
        widths += [f"{whole} with '{self.label.name}'"] if self.label else []
        raise BadData(
            f"a row has {width} columns, and {join_words(widths, 'or')} are expected",
            where=Location(file=records.file, row=records.first_row),
            remedy=csv_dialect.suggest_dialect(records.rows)
            or (
                header_row.explain_trailing_comma(records.rows)
                if width - 1 in layout_widths
                else ""
            )
            or "Send every column of the training data in its order, or a header row",
        )

    def _name_omitted(self) -> str:
        names = [repr(name) for name in self.layout if name in self.omitted]
        return join_words(names[:_SHOWN] + (["others"] if len(names) > _SHOWN else []))

    def _find_positions(self, names: Sequence[str], records: Records) -> Mapping[str, int]:
        """Return each column's index by name; unknown names are tried without outer blanks."""
        names = self.clean_names(names)
        self._check_names(names, records)
        return _index_names(names)

    def _check_names(self, names: Sequence[str], records: Records) -> None:
        check_names(
            names, self._required_names, self._known_names, Location(file=records.file, row=1)
        )

    def _read_field(self, field: Field, cells: Sequence[Cell], records: Records) -> np.ndarray:
        if field.kind == "number":
            if field.format:
                typed = field.name in records.typed
                cells = field.format.convert_cells(cells, self.missing, typed=typed)
            return np.array(
                self._read_column(field, cells, records, UnusualCounts()), dtype=np.float64
            )
        words = self._text_rules.normalize_words(self._mark_missing(cells), field)
        if field.one_spelling:
            words = [word and self._classes.get(word, word) for word in words]
        return np.array(words, dtype=object)

    def _read_column(
        self, field: Field, cells: Sequence[Cell], records: Records, counts: UnusualCounts
    ) -> FloatValues:
        if (read := records.floats.get(field.name)) is not None:
            return read
        try:
            return read_numbers(cells, self.missing, _locate_index)
        except BadData as error:
            if field.policy[UNPARSABLE] == ERROR:
                error.where = self._make_locator(field, records)(error.where.row or 0)
                if field.format:
                    what = f"a number written like {str(field.format)!r} is expected"
                    raise BadData(what, where=error.where) from error
                raise
            values, wrong = read_leniently(cells, self.missing)
            counts.add(UNPARSABLE, field.name, wrong)
            return values

    def _read_one_row(self, columns: Sequence[Sequence[Cell]]) -> FloatArray | None:
        """Parse the numbers of a single row, shape (1, columns); None when one is invalid."""
        try:
            values = read_numbers([cell for (cell,) in columns], self.missing, _locate_index)
        except BadData:
            return None
        return np.array(values, dtype=np.float64).reshape(1, -1)

    def _convert_formats(
        self, columns: list[Sequence[Cell]], typed: frozenset[str]
    ) -> list[Sequence[Cell]]:
        """Return the cells of number columns as plain digits."""
        for index, number_format in self._formats:
            plain = self._number_fields[index].name in typed
            columns[index] = number_format.convert_cells(columns[index], self.missing, typed=plain)
        return columns

    def _read_columns(
        self, columns: Sequence[Sequence[Cell]], records: Records, counts: UnusualCounts
    ) -> FloatArray:
        fields = zip(self._number_fields, columns, strict=True)
        figures = [self._read_column(field, cells, records, counts) for field, cells in fields]
        shape = len(figures), len(records.rows)
        return np.array(figures, dtype=np.float64).reshape(shape).T

    def _mark_missing(self, cells: Sequence[Cell]) -> list[str | None]:
        missing = self.missing
        return [None if cell in missing else cell for cell in cells]

    @staticmethod
    def _make_locator(field: Field, records: Records) -> Locator:
        return lambda index: Location(records.file, records.row_number(index), field.name)


def _index_names(names: Sequence[str]) -> Mapping[str, int]:
    return {name: index for index, name in enumerate(names)}


def _locate_index(index: int) -> Location:
    return Location(row=index)
