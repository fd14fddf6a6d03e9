"""Crosses: the categories of several columns joined to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import cross_columns
from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Replay, Step


@dataclass(frozen=True)
class CrossReplay:
    """Replay of step `cross`; has no fitted state."""

    def apply(self, values: Array) -> Array:
        """Join the texts of each row; object array (rows, 1)."""
        return cross_columns(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return {}


class _Cross(Step):
    name = "cross"
    sentence = "One category out of those of several columns; see Interactions."

    def build_estimator(self, options: Options) -> Any:  # noqa: ARG002
        from preprocessor.transforms.estimators.interactions import Cross

        return Cross()

    def read_replay(self, fitted: Any) -> Replay:  # noqa: ARG002
        return CrossReplay()

    def from_json(self, values: Mapping[str, Any]) -> Replay:  # noqa: ARG002
        return CrossReplay()

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        return [tuple(range(width))]


STEP = _Cross()
