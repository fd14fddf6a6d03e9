"""Categories of one row, put together to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Array, Replay, Step

SIGN = "*"


def crossed(values: Array) -> Array:
    """Join the columns' texts, shape (rows, 1); missing where one is.

    A backslash stands before a text's own signs, so that no two rows are joined to one text.
    """
    found = np.empty((len(values), 1), dtype=object)
    found[:, 0] = [
        SIGN.join(map(_escaped, row)) if all(isinstance(cell, str) for cell in row) else None
        for row in values.tolist()
    ]
    return found


@dataclass(frozen=True)
class CrossReplay:
    """Nothing is learnt."""

    def apply(self, values: Array) -> Array:
        """Join the texts."""
        return crossed(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return {}


class _Cross(Step):
    name = "cross"
    sentence = "One category out of those of several columns; see Interactions."

    def estimator(self, options: Options) -> Any:  # noqa: ARG002
        from preprocessor.transforms.estimators.interactions import Cross

        return Cross()

    def replay(self, fitted: Any) -> Replay:  # noqa: ARG002
        return CrossReplay()

    def from_json(self, values: Mapping[str, Any]) -> Replay:  # noqa: ARG002
        return CrossReplay()

    def origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:  # noqa: ARG002
        return [tuple(range(width))]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(SIGN, f"\\{SIGN}")


STEP = _Cross()
