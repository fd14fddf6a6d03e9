"""Binning of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, whole
from tandem.errors import BadData

BINS = Option("bins", whole(2, 1000), 5, "How many.")
STRATEGY = Option(
    "strategy",
    choice("quantile", "uniform", "kmeans"),
    "quantile",
    "`quantile`: as many rows in each; `uniform`: of one width; `kmeans`: around means.",
)
ENCODE = Option(
    "encode",
    choice("ordinal", "onehot"),
    "ordinal",
    "One feature, the bin's number from 0; or a feature a bin.",
)


@dataclass(frozen=True)
class BinningReplay:
    """Replay of step `bin`: the inner `edges` of each column; `onehot`: a feature per bin."""

    edges: list[list[float]]
    onehot: bool

    def apply(self, values: Array) -> Array:
        """Return the bin of each value, float64: (rows, columns), or one-hot (rows, all bins).

        Raises BadData when a value is missing.
        """
        if np.isnan(values).any():
            raise BadData(
                "a number that is put into bins is missing, or its logarithm is",
                remedy="Impute it, or clip it before the logarithm, and train again",
            )
        bins = [
            edges.searchsorted(column, side="right")
            for edges, column in zip(self._edges, values.T, strict=True)
        ]
        if not self.onehot:
            return np.array(bins, dtype=np.float64).T
        features = np.zeros((len(values), self._starts[-1]))
        rows = np.arange(len(values))
        for start, indices in zip(self._starts, bins, strict=False):
            features[rows, start + indices] = 1.0
        return features

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _edges(self) -> list[Array]:
        return [np.array(edges) for edges in self.edges]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *np.cumsum([len(edges) + 1 for edges in self.edges]).tolist()]


class _Binning(Step):
    name = "bin"
    sentence = "Numbers into a few bins; a missing number must have been imputed."
    options = (BINS, STRATEGY, ENCODE)

    def build_estimator(self, options: Options) -> Any:
        from sklearn.preprocessing import KBinsDiscretizer

        return KBinsDiscretizer(
            n_bins=options[BINS],
            strategy=options[STRATEGY],
            encode="ordinal" if options[ENCODE] == "ordinal" else "onehot-dense",
            subsample=None,
            random_state=0,
        )

    def read_replay(self, fitted: Any) -> Replay:
        edges = [column[1:-1].tolist() for column in fitted.bin_edges_]
        return BinningReplay(edges, onehot=fitted.encode != "ordinal")

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return BinningReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        if fitted.encode == "ordinal":
            return super().find_origins(fitted, width)
        return [(index,) for index in range(width) for _ in range(int(fitted.n_bins_[index]))]


STEP = _Binning()
