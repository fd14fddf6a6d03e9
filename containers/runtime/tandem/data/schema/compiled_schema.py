"""A record schema that reads usual rows of CSV in C; all others as `RecordSchema` does.

A row is usual when its numbers are plain and in the range of training, and its categories are
known. Whatever is unusual is read, counted or refused by `RecordSchema`; but numbers out of range
in a large body are read in C and counted here.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from tandem.data.arrays import FloatArray
from tandem.data.schema.fields import Field
from tandem.data.schema.known_texts import CodedTable, KnownTexts
from tandem.data.schema.policies import PLAIN, Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.schema.row_source import LineSource, RowSource
from tandem.data.tables import Records, Table
from tandem.data.text import header_row
from tandem.data.text.record_lines import (
    Cells,
    NumberCells,
    ParsedLines,
    RecordLines,
    TextCells,
    WordCells,
    load_library,
)
from tandem.data.unusual_counts import UnusualCounts

# Bodies of so many bytes are read once more in C when a number is out of range; larger ones, of
# which nearly each has such a number, are read so at once.
_MANY_BYTES, _MOST_BYTES = 1 << 12, 1 << 16


@dataclass(frozen=True)
class CompiledSchema(RecordSchema):
    """A record schema with a compiled reader, where its columns allow one."""

    def read(self, source: RowSource) -> Table:
        """Read a body by column names if it has them, else by position. Raises BadData."""
        if self.reader is not None and isinstance(source, LineSource):
            lines = source.lines
            if lines is not None:
                named = self._may_be_named and self._names_columns(lines)
                table = None if named else self._read_lines(self.reader, lines, Records(()))
                if table is None and source.may_have_header:
                    below = self._skip_header(lines)
                    if below is not None:
                        table = self._read_lines(self.reader, below, Records((), first_row=2))
                if table is not None:
                    return table
        return super().read(source)

    def _read_lines(self, reader: RecordLines, lines: bytes, records: Records) -> CodedTable | None:
        """Read lines of rows in C, or return None; `records` has the number of the first row."""
        found = reader.read(lines) if len(lines) < _MOST_BYTES else None
        if found is not None:
            return self._build_table(found, lines, records, UnusualCounts())
        if len(lines) >= _MANY_BYTES and self._wide_reader is not None:
            found = self._wide_reader.read(lines)
        if found is None:
            return None
        counts = self._apply_ranges(found.numbers, records)
        return self._build_table(found, lines, records, counts)

    def _skip_header(self, lines: bytes) -> bytes | None:
        """Return the lines below a header of all columns in their order; None without one."""
        end = lines.find(b"\n") + 1
        try:
            names = next(csv.reader([lines[:end].decode()], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            return None
        return lines[end:] if tuple(map(str.strip, names)) == self._layouts[0] else None

    def _apply_ranges(self, numbers: FloatArray, records: Records) -> UnusualCounts:
        """Apply the policies to missing and out-of-range numbers, in place; return the counts."""
        counts = UnusualCounts()
        if self._ranges.has_violation(numbers):
            positions = self._positions[self._layouts[0]]
            self._apply_range_policies(numbers, positions, records, counts)
        return counts

    def _build_table(
        self, parsed: ParsedLines, lines: bytes, records: Records, counts: UnusualCounts
    ) -> CodedTable:
        numbers, codes, spans = parsed
        texts = self.known_texts.decode(codes)
        if not self._unlisted:
            return CodedTable(numbers, texts, codes=codes, counts=counts or None)
        positions = self._positions[self._layouts[0]]
        for place, (index, field) in enumerate(self._unlisted):
            cells = [lines[begin:end].decode() for begin, end in spans[:, place].tolist()]
            texts[:, index] = self._apply_category_policy(
                self._mark_missing(cells), field, positions, records, counts
            )
        return CodedTable(numbers, texts, codes=codes, counts=counts or None)

    @cached_property
    def _unlisted(self) -> list[tuple[int, Field]]:
        """The text columns without a list of known texts, each with its index among them all."""
        texts = [field for field in self.fields if field.kind == "text"]
        return [(i, field) for i, field in enumerate(texts) if field.policy.known is None]

    @cached_property
    def known_texts(self) -> KnownTexts:
        """The known texts of the text columns."""
        return KnownTexts.from_fields(self.fields)

    @cached_property
    def reader(self) -> RecordLines | None:
        """The reader of rows without label and weight; None where C cannot read the columns.

        These are columns with a number format, and those whose names could be read as values.
        """
        return self._make_reader(ranges=True)

    @cached_property
    def _wide_reader(self) -> RecordLines | None:
        """The reader of rows with numbers out of the range of training: many rows have some."""
        return self._make_reader(ranges=False)

    def _make_reader(self, *, ranges: bool) -> RecordLines | None:
        library, layout = load_library(), self._layouts[0]
        names = [field.name for field in self.fields]
        if (
            library is None
            or len(layout) < 2
            or "" not in self.missing
            or len(set(layout)) < len(layout)
            or not set(names) <= set(layout)
            or [name for name in layout if name in set(names)] != names
            or any(field.format for field in self.fields)
            or any(map(self._is_value, self.layout))
        ):
            return None
        words = [field.name for field in self.fields if field.kind == "text"]
        columns: dict[str, Cells] = {
            field.name: self._describe_numbers(field.policy if ranges else PLAIN)
            for field in self.fields
            if field.kind == "number"
        }
        known = self.known_texts
        for name, codes, start in zip(words, known.codes, known.starts, strict=True):
            columns[name] = TextCells(start) if codes is None else self._describe_words(codes)
        return RecordLines([columns.get(name) for name in layout], library)

    def _describe_numbers(self, policy: Policy) -> NumberCells:
        missing = {word for word in self.missing if word == word.strip()}
        return NumberCells(missing, policy.low, policy.high, policy.complete)

    def _describe_words(self, codes: Mapping[str | None, int]) -> WordCells:
        """Return the codes of cells: those of words that mean missing are the code of None."""
        cells = {text: code for text, code in codes.items() if text is not None}
        absent = dict.fromkeys(self.missing, codes.get(None, -1))
        return WordCells({text: code for text, code in (cells | absent).items() if code >= 0})

    def _is_value(self, name: str) -> bool:
        """Return whether a column's name could be a value of a number column."""
        return header_row.is_number(name) or name.strip() in self.missing or name in self.missing

    @cached_property
    def _may_be_named(self) -> bool:
        """Whether usual rows may hold column names: rows of numbers for the most part do not."""
        numbers = sum(field.kind == "number" for field in self.fields)
        return 2 * numbers < len(self._layouts[0])

    def _names_columns(self, lines: bytes) -> bool:
        first = lines.partition(b"\n")[0].decode(errors="replace")
        return self._is_header([cell.strip() for cell in first.split(",")])


def compile_schema(schema: RecordSchema) -> CompiledSchema:
    """Return the same schema with a compiled reader, which is made at once."""
    compiled = CompiledSchema(**{one.name: getattr(schema, one.name) for one in fields(schema)})
    _ = compiled.reader
    return compiled
