"""What can be done to a column, one module each, one registry.

A step has two faces: the scikit-learn estimator that is fitted, and the replay that serves, plain
arrays and lookups that give the same bits without pandas or scikit-learn. To add a step, write one
module with a `STEP` and add it to `STEPS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from preprocessor.steps import number, onehot, ordinal
from tandem.data.schemas import FieldKind
from tandem.data.tables import Table


class Replay(Protocol):
    """A fitted step as plain data."""

    @property
    def width(self) -> int:
        """Number of features it makes."""

    def apply(self, table: Table, out: NDArray[Any]) -> None:
        """Fill `out`, float64 of shape (rows, width) that starts as zeros."""

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values; every number survives exactly."""


class Step(Protocol):
    """One kind of treatment."""

    name: str
    field: FieldKind
    options: Mapping[str, tuple[str, ...]]

    def estimator(self, options: Mapping[str, str]) -> Any:
        """Make the unfitted scikit-learn estimator."""

    def replay(self, fitted: Any, positions: Sequence[int]) -> Replay:
        """Read a fitted estimator; `positions` are its columns among the table's of its kind."""

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        """Rebuild what `Replay.to_json` gave."""


STEPS: dict[str, Step] = {step.name: step for step in (number.STEP, onehot.STEP, ordinal.STEP)}

__all__ = ["STEPS", "Replay", "Step"]
