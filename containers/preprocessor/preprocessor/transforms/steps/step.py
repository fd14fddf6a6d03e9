"""Interfaces of a step: its options, its scikit-learn estimator and its replay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

from preprocessor.transforms.kernels.arrays import Array, RowIndices
from preprocessor.transforms.options import Option, Options


class Replay(Protocol):
    """A fitted step as plain data, which computes what scikit-learn does without importing it."""

    def apply(self, values: Array) -> Any:
        """Return the features that scikit-learn's `transform` returns, bit for bit.

        values: float64 (NaN = missing) or object array of str (None = missing), shape (rows,
        columns); the replay may change and return it. Returns an array of shape (rows, features),
        or a `SparseMatrix` from the last step of a block.
        """

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values; every number survives exactly."""


@runtime_checkable
class SparseReplay(Replay, Protocol):
    """A replay whose rows have few of the features; the others are `missing` or `zero`.

    If they are missing, `apply` returns a `SparseMatrix`.
    """

    @property
    def absent(self) -> str:
        """The value of an absent feature: "missing" or "zero"."""


@runtime_checkable
class CrossFittedReplay(Replay, Protocol):
    """Replay of a supervised step that was cross-fitted: learnt once more for each fold."""

    def apply_cross_fitted(self, values: Array, training_indices: RowIndices) -> Array:
        """Return the features; those of a training row as learnt from the other folds' rows.

        `training_indices` are the rows' indices among the training rows, -1 for other rows.
        """


@runtime_checkable
class ReadingReplay(Replay, Protocol):
    """Replay of a step that parses texts, some of which may be unparsable."""

    def apply_and_count(self, values: Array, unread: dict[str, int]) -> Array:
        """Return what `apply` returns.

        The number of unparsable texts of each column is written into `unread`, by column name.
        """


class Step(ABC):
    """A step: `name` in recipes and artifacts, `sentence` in the documentation, and `options`.

    The first option is the one a bare value sets: `impute: median`. A `supervised` step learns
    from the target.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    options: ClassVar[tuple[Option[Any], ...]] = ()
    supervised: ClassVar[bool] = False
    # Whether the estimator is given its columns as a DataFrame, also behind other steps.
    named_columns: ClassVar[bool] = False

    def is_idle(self, options: Options) -> bool:  # noqa: ARG002 - most steps always act
        """Return True if the step does nothing with these options."""
        return False

    @abstractmethod
    def build_estimator(self, options: Options) -> Any:
        """Build the unfitted scikit-learn estimator."""

    def set_target_type(self, estimator: Any, classes: int) -> Any:  # noqa: ARG002
        """Set the estimator's target type and return the estimator.

        classes: number of classes, 0 = regression.
        """
        return estimator

    @abstractmethod
    def read_replay(self, fitted: Any) -> Replay | None:
        """Return the replay of a fitted estimator, None if only scikit-learn can compute it."""

    def add_cross_fit(
        self,
        fitted: Any,  # noqa: ARG002
        replay: Any,
        inputs: Any,  # noqa: ARG002
        y: Array,  # noqa: ARG002
        training_indices: RowIndices,  # noqa: ARG002
    ) -> Any:
        """Return the replay of a supervised step, with what each fold learnt from the others."""
        return replay

    @abstractmethod
    def from_json(self, values: Mapping[str, Any]) -> Replay:
        """Return the replay whose `to_json` returned these values."""

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        """Return for each output the indices of the inputs, of `width`, that it is made of."""
        return [(index,) for index in range(width)]
