"""What a step is: two faces of one treatment, and the options it takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

from preprocessor.transforms.kernels.arrays import Array, RowIndices
from preprocessor.transforms.options import Option, Options


class Replay(Protocol):
    """A fitted step as plain data."""

    def apply(self, values: Array) -> Any:
        """Return what scikit-learn's `transform` gives, bit for bit.

        A block of numbers is float64, one of texts holds str, or None where missing; its shape is
        (rows, columns). `values` belongs to the replay, which may change and give it back. The last
        step of a block may give a `Sparse` instead.
        """

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values; every number survives exactly."""


@runtime_checkable
class SparseReplay(Replay, Protocol):
    """A replay that leaves features out of a row: they are `missing` there, or `zero`.

    Where they are missing, `apply` gives a `Sparse`.
    """

    @property
    def absent(self) -> str:
        """What a feature is that is left out."""


@runtime_checkable
class CrossFittedReplay(Replay, Protocol):
    """A step that learnt from the target, fold by fold."""

    def apply_cross_fitted(self, values: Array, training_indices: RowIndices) -> Array:
        """Return the features of training rows: as learnt from the rows of the other folds.

        `places` are the rows' places among the training rows, -1 for one that is none.
        """


@runtime_checkable
class ReadingReplay(Replay, Protocol):
    """A step that reads texts, some of which it may not be able to read."""

    def apply_and_count(self, values: Array, unread: dict[str, int]) -> Array:
        """Return what `apply` gives.

        Note in `unread` how many texts of a column are not readable.
        """


class Step(ABC):
    """One thing that can be done to columns.

    The first of `options` is the one a bare value sets: `impute: median`. A `supervised` step
    learns from the target.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    options: ClassVar[tuple[Option[Any], ...]] = ()
    supervised: ClassVar[bool] = False
    # Whether the estimator is given its columns as a DataFrame, also behind other steps.
    named_columns: ClassVar[bool] = False

    def is_idle(self, options: Options) -> bool:  # noqa: ARG002 - most steps always act
        """Return whether these options ask for nothing to be done."""
        return False

    @abstractmethod
    def build_estimator(self, options: Options) -> Any:
        """Make the unfitted scikit-learn estimator."""

    def set_target_type(self, estimator: Any, classes: int) -> Any:  # noqa: ARG002
        """Tell the estimator what the target is: the number of its classes, 0 for a number."""
        return estimator

    @abstractmethod
    def read_replay(self, fitted: Any) -> Replay | None:
        """Read a fitted estimator; None where only scikit-learn itself can compute it."""

    def add_cross_fit(
        self,
        fitted: Any,  # noqa: ARG002
        replay: Any,
        inputs: Any,  # noqa: ARG002
        y: Array,  # noqa: ARG002
        training_indices: RowIndices,  # noqa: ARG002
    ) -> Any:
        """Return the replay of a supervised step with what each fold's training rows need."""
        return replay

    @abstractmethod
    def from_json(self, values: Mapping[str, Any]) -> Replay:
        """Rebuild what `Replay.to_json` gave."""

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        """Say for each of the step's outputs which of its `width` inputs it comes from."""
        return [(index,) for index in range(width)]
