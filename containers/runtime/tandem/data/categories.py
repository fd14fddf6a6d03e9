"""Categories as codes: each column's texts in the order of their codes, which count from 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from tandem.data.arrays import FloatArray
from tandem.errors import BadData, Location


class Categories:
    """The categories of columns, by column name.

    In training (`learns`), new categories and columns are added. In serving, an unknown category
    has no code and is missing. `met` is True once a category was added that no file listed.
    """

    def __init__(
        self, known: Mapping[str, Sequence[str]] | None = None, *, learns: bool = False
    ) -> None:
        self._codes = {
            name: {text: code for code, text in enumerate(texts)}
            for name, texts in (known or {}).items()
        }
        self._learns = learns
        self.met = False

    def __contains__(self, name: str) -> bool:
        return name in self._codes

    @property
    def takes_new(self) -> bool:
        """Whether new columns and categories are added."""
        return self._learns

    @property
    def known(self) -> dict[str, tuple[str, ...]]:
        """Every column's categories in the order of their codes."""
        return {name: tuple(codes) for name, codes in self._codes.items()}

    def add_listed(self, name: str, texts: Sequence[str]) -> None:
        """Add a column's categories, which a file lists in the order of its codes.

        Raises BadData when the file gives a code another meaning than a file before it.
        """
        if not self._learns and name not in self._codes:
            return
        codes = self._codes.setdefault(name, {}) if self._learns else dict(self._codes[name])
        for code, text in enumerate(texts):
            if codes.setdefault(text, code) != code or len(codes) <= code:
                raise BadData(
                    "the codes have another meaning than those known",
                    where=Location(column=name),
                    remedy="Write all files with one and the same transform",
                )

    def encode(self, name: str, texts: Sequence[str | None]) -> list[float]:
        """Return the code of each text of a column; NaN for None and for an unknown category."""
        codes = self._codes.setdefault(name, {}) if self._learns else self._codes.get(name, {})
        if self._learns:
            self.met |= any(text is not None and text not in codes for text in texts)
            for text in texts:
                if text is not None:
                    codes.setdefault(text, len(codes))
        return [math.nan if text is None else codes.get(text, math.nan) for text in texts]


@runtime_checkable
class CategorySource(Protocol):
    """A source of a format that knows which of its columns are categories."""

    def read_coded_matrix(
        self, categories: Categories, width: int | None = None, plain: int = 0
    ) -> FloatArray:
        """Read as `read_matrix` does, categories as codes; the first `plain` columns have none."""
