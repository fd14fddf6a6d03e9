"""What the training data hold, column by column, as the cells say it themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from preprocessor.raw import Raw
from preprocessor.recipe import Recipe
from tandem.data.numerals import number

InferredType = Literal["Integral", "Fractional", "String", "Unknown"]
# A column of more different texts is no domain, and its values are nobody else's business.
DOMAIN = 100
_WHOLE = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Profile:
    """One column: its cells, `missing` being those that say that there is no value."""

    name: str
    cells: Sequence[str]
    missing: frozenset[str]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.cells)

    @property
    def absent(self) -> int:
        """Number of rows without a value."""
        return self.rows - len(self.present)

    @cached_property
    def present(self) -> list[str]:
        """The cells that hold a value, without the blanks around it."""
        stripped = map(str.strip, self.cells)
        return [cell for cell in stripped if cell not in self.missing]

    @cached_property
    def markers(self) -> list[str]:
        """The words this column has for a missing value, in sorted order."""
        return sorted({cell.strip() for cell in self.cells} & self.missing - {""})

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands there."""
        return Counter(self.present)

    @property
    def domain(self) -> Counter[str]:
        """How often each value stands there, where they are few and come again, else nothing."""
        few = len(self.counts) <= DOMAIN and len(self.counts) < len(self.present)
        return self.counts if few else Counter()

    @cached_property
    def numbers(self) -> NDArray[np.float64] | None:
        """The values, where each is a number, else None; shape (rows - absent,)."""
        try:
            return np.array([number(cell) for cell in self.present], dtype=np.float64)
        except ValueError:
            return None

    @cached_property
    def inferred_type(self) -> InferredType:
        """What the values are, in Model Monitor's words."""
        if not self.present:
            return "Unknown"
        if self.numbers is None:
            return "String"
        return "Integral" if all(map(_WHOLE.fullmatch, self.counts)) else "Fractional"


def profiles(raw: Raw, decided: Recipe) -> list[Profile]:
    """Look at the target, where there is one, and then at every input column in its order."""
    missing = frozenset({"", *decided.missing_values})
    names = [column.name for column in decided.columns]
    first = [decided.target] if decided.target is not None else []
    return [Profile(name, raw.column(name), missing) for name in (*first, *names)]
