"""Products of the numbers of several columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.numeric import multiply_columns
from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Replay, Step


@dataclass(frozen=True)
class ProductReplay:
    """Replay of step `product`; has no fitted state."""

    def apply(self, values: Array) -> Array:
        """Multiply the columns from left to right; shape (rows, 1), NaN where one is missing."""
        return multiply_columns(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return {}


class _Product(Step):
    name = "product"
    sentence = "The product of the numbers of several columns; see Interactions."

    def build_estimator(self, options: Options) -> Any:  # noqa: ARG002
        from preprocessor.transforms.estimators.interactions import Product

        return Product()

    def read_replay(self, fitted: Any) -> Replay:  # noqa: ARG002
        return ProductReplay()

    def from_json(self, values: Mapping[str, Any]) -> Replay:  # noqa: ARG002
        return ProductReplay()

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        return [tuple(range(width))]


STEP = _Product()
