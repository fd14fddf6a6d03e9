"""Rows as a supervised algorithm needs them: features apart from label, weight and group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from tandem.data.names import order
from tandem.data.sparse import Sparse
from tandem.data.tables import Numbers
from tandem.errors import BadData, Where


@dataclass(frozen=True)
class Examples:
    """The rows of one file.

    `label`, `weight` and `group` (the query a row belongs to) have shape (rows,). `first_column` is
    what the file calls the first feature, so that an error can point at it. `names` are those of
    the features, where the file has them.
    """

    features: Numbers | Sparse
    label: Numbers
    weight: Numbers | None = None
    group: Numbers | None = None
    file: str | None = None
    first_column: int = 0
    names: tuple[str, ...] | None = None

    def arranged(self, names: Sequence[str] | None) -> Examples:
        """Give the features in the order of `names`; a file without names stays as it is.

        Raises BadData for a column that is not among them, or that is missing.
        """
        if names is None or self.names is None or isinstance(self.features, Sparse):
            return self
        places = order(self.names, names, Where(self.file))
        if places is None:
            return self
        return replace(self, features=self.features[:, places], names=tuple(names))

    @property
    def width(self) -> int:
        """Number of features, as far as this file knows it."""
        return self.features.width if isinstance(self.features, Sparse) else self.features.shape[1]

    def dense(self, width: int) -> Numbers:
        """Give the features as a matrix. Raises BadData when they are of another width."""
        if isinstance(self.features, Sparse):
            return self.features.dense(width)
        if self.width != width:
            extra = self.first_column - 1
            raise BadData(
                f"has {self.width + extra} columns, and the files before it have {width + extra}",
                where=Where(self.file),
            )
        return self.features


@runtime_checkable
class Labelled(Protocol):
    """A source of a format whose labels stand apart from the features."""

    def examples(self) -> Examples:
        """Read labels and features. Raises BadData."""
