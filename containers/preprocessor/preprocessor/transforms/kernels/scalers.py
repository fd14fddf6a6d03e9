"""Replays of step `scale`: scikit-learn's scalers, with the same operations in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array

NamedOperation = tuple[str, list[float]]
_OPERATIONS: dict[str, Callable[..., Array]] = {
    "subtract": np.subtract,
    "divide": np.divide,
    "multiply": np.multiply,
    "add": np.add,
}
# Where QuantileTransformer takes a value for the end of the column's range.
_THRESHOLD = 1e-7


@dataclass(frozen=True)
class AffineReplay:
    """Replay of the affine scalers: `rounds` are named operations with one number per column."""

    rounds: list[NamedOperation]

    def apply(self, values: Array) -> Array:
        """Apply the operations in order, in place; float64, shape (rows, columns)."""
        for operation, numbers in self._operations:
            operation(values, numbers, out=values)
        return values

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _operations(self) -> list[tuple[Callable[..., Array], Array]]:
        return [(_OPERATIONS[name], np.array(numbers)) for name, numbers in self.rounds]


def read_affine(fitted: Any) -> AffineReplay:
    """Return the replay of a fitted StandardScaler, RobustScaler, MinMaxScaler or MaxAbsScaler."""
    if hasattr(fitted, "min_"):
        return AffineReplay([("multiply", fitted.scale_.tolist()), ("add", fitted.min_.tolist())])
    rounds: list[NamedOperation] = [("divide", fitted.scale_.tolist())]
    for center in ("mean_", "center_"):
        if hasattr(fitted, center):
            rounds.insert(0, ("subtract", getattr(fitted, center).tolist()))
    return AffineReplay(rounds)


@dataclass(frozen=True)
class PowerReplay:
    """Replay of PowerTransformer: Yeo-Johnson with one lambda per column, then a standard scale."""

    lambdas: list[float]
    rounds: list[NamedOperation]

    def apply(self, values: Array) -> Array:
        """Apply the power transform and scale; float64, shape (rows, columns)."""
        powers = [
            _raise_to_power(column, x) for column, x in zip(values.T, self.lambdas, strict=True)
        ]
        return self._scale.apply(np.array(powers).T)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _scale(self) -> AffineReplay:
        return AffineReplay(self.rounds)


def _raise_to_power(column: Array, power: float) -> Array:
    out = np.zeros_like(column)
    tiny = np.finfo(np.float64).eps
    up = column >= 0
    high, low = column[up], column[~up]
    if abs(power) < tiny:
        out[up] = np.log1p(high)
    else:
        out[up] = np.expm1(power * np.log1p(high)) / power
    if abs(power - 2) > tiny:
        out[~up] = -np.expm1((2 - power) * np.log1p(-low)) / (2 - power)
    else:
        out[~up] = -np.log1p(-low)
    return out


@dataclass(frozen=True)
class QuantileReplay:
    """Replay of QuantileTransformer: the `quantiles` of each column at the ranks `references`.

    `normal`: ranks are mapped to a normal distribution.
    """

    quantiles: list[list[float]]
    references: list[float]
    normal: bool

    def apply(self, values: Array) -> Array:
        """Return the ranks, 0 to 1 or normal quantiles; shape (rows, columns), NaN stays NaN."""
        for column, (quantiles, mirrored) in zip(values.T, self._quantiles, strict=True):
            column[:] = self._compute_ranks(column, quantiles, mirrored)
        return values

    def _compute_ranks(self, column: Array, quantiles: Array, mirrored: Array) -> Array:
        ranks, (up, down) = column.copy(), self._references
        margin = _THRESHOLD if self.normal else 0.0
        lowest = column - margin < quantiles[0] if margin else column == quantiles[0]
        highest = column + margin > quantiles[-1] if margin else column == quantiles[-1]
        present = ~np.isnan(column)
        numbers = column[present]
        ranks[present] = 0.5 * (
            np.interp(numbers, quantiles, up) - np.interp(-numbers, mirrored, down)
        )
        ranks[highest] = 1
        ranks[lowest] = 0
        return _to_normal(ranks) if self.normal else ranks

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _quantiles(self) -> list[tuple[Array, Array]]:
        columns = [np.array(column) for column in self.quantiles]
        return [(column, -column[::-1]) for column in columns]

    @cached_property
    def _references(self) -> tuple[Array, Array]:
        references = np.array(self.references)
        return references, -references[::-1]


def _to_normal(ranks: Array) -> Array:
    # A fifth of a second to import, for the recipes that ask for it.
    from scipy.special import ndtri

    low = ndtri(_THRESHOLD - np.spacing(1))
    high = ndtri(1 - (_THRESHOLD - np.spacing(1)))
    normal: Array = np.clip(ndtri(ranks), low, high)
    return normal
