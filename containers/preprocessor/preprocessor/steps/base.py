"""What a step is: two faces of one treatment, and the options it takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from preprocessor.options import Option, Options

Array = NDArray[Any]


class Replay(Protocol):
    """A fitted step as plain data."""

    def apply(self, values: Array) -> Array:
        """Give what scikit-learn's `transform` gives, bit for bit.

        A block of numbers is float64, one of texts holds str, or None where missing; its shape is
        (rows, columns). `values` belongs to the replay, which may change and give it back.
        """

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values; every number survives exactly."""


class Step(ABC):
    """One thing that can be done to columns.

    The first of `options` is the one a bare value sets: `impute: median`.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    options: ClassVar[tuple[Option[Any], ...]] = ()
    # Whether the estimator is given its columns as a DataFrame, also behind other steps.
    named_columns: ClassVar[bool] = False

    def idle(self, options: Options) -> bool:  # noqa: ARG002 - most steps always act
        """Whether these options ask for nothing to be done."""
        return False

    @abstractmethod
    def estimator(self, options: Options) -> Any:
        """Make the unfitted scikit-learn estimator."""

    @abstractmethod
    def replay(self, fitted: Any) -> Replay | None:
        """Read a fitted estimator; None where only scikit-learn itself can compute it."""

    @abstractmethod
    def from_json(self, values: Mapping[str, Any]) -> Replay:
        """Rebuild what `Replay.to_json` gave."""

    def origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        """Say for each of the step's outputs which of its `width` inputs it comes from."""
        return [(index,) for index in range(width)]
