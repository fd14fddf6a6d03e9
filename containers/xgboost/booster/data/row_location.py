"""Where a row of a channel stands: its file and number, for errors."""

from __future__ import annotations

from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.errors import Location


def locate_row(examples: LabelledRows, row: int) -> Location:
    """Return the location of a row, counted from 0."""
    if isinstance(examples.features, SparseMatrix):
        return examples.features.locate(row)
    return Location(examples.file, row + 1)
