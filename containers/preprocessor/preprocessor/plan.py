"""The fitted transform as plain arrays and lookups: what serves, without pandas or scikit-learn.

It computes in float64 in scikit-learn's order and rounds to float32 once, at the end: a transform
that rounds earlier moves values across the thresholds of a booster's trees.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.steps import STEPS, Replay
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table

NAME = "transform.json"


@dataclass(frozen=True)
class Plan:
    """The replays of a fitted transform, in the order of its blocks, each with its step's name."""

    replays: tuple[tuple[str, Replay], ...]

    @property
    def width(self) -> int:
        """Number of features."""
        return sum(replay.width for _, replay in self.replays)

    def apply(self, table: Table) -> NDArray[np.float32]:
        """Transform rows, shape (rows, width)."""
        features = np.zeros((len(table), self.width))
        start = 0
        for _, replay in self.replays:
            replay.apply(table, features[:, start : start + replay.width])
            start += replay.width
        with np.errstate(over="ignore"):
            return features.astype(np.float32)

    def to_json(self) -> bytes:
        """Write the plan; every number survives exactly."""
        values = [{"step": step, **replay.to_json()} for step, replay in self.replays]
        return json.dumps({"blocks": values}, ensure_ascii=False).encode()


def from_json(values: Mapping[str, Any]) -> Plan:
    """Rebuild a plan. Raises KeyError or TypeError when the values are not those of one."""
    replays = []
    for block in values["blocks"]:
        step = block["step"]
        rest = {name: value for name, value in block.items() if name != "step"}
        replays.append((step, STEPS[step].from_json(rest)))
    return Plan(tuple(replays))


def from_fitted(
    transformer: Any,
    blocks: Sequence[tuple[str, Mapping[str, str], Sequence[str]]],
    schema: RecordSchema,
) -> Plan:
    """Read the plan off a fitted ColumnTransformer whose blocks are `blocks`."""
    positions = {
        kind: {f.name: i for i, f in enumerate(f for f in schema.fields if f.kind == kind)}
        for kind in ("number", "text")
    }
    replays = []
    for (step_name, _, names), (_, fitted, _) in zip(
        blocks, transformer.transformers_, strict=False
    ):
        step = STEPS[step_name]
        places = [positions[step.field][name] for name in names]
        replays.append((step_name, step.replay(fitted, places)))
    return Plan(tuple(replays))
