"""Blocks of numbers as operations on one number after the other.

Only steps whose operations are exact in IEEE 754 are compiled: a logarithm has other bits in numpy
than in the C library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from preprocessor.plan.fitted_transform import ReplayBlock
from preprocessor.transforms.kernels.scalers import AffineReplay
from preprocessor.transforms.steps.clip import ClipReplay
from preprocessor.transforms.steps.impute_number import ImputeNumberReplay
from preprocessor.transforms.steps.missing_indicator import MissingIndicatorReplay

Operation = tuple[float, int]
Operations = Iterator[Operation]
_FILL, _SUBTRACT, _DIVIDE, _MULTIPLY, _ADD, _LEAST, _MOST, _MISSING, _PRESENT = range(9)
_AFFINE = {"subtract": _SUBTRACT, "divide": _DIVIDE, "multiply": _MULTIPLY, "add": _ADD}


def list_programs(block: ReplayBlock) -> list[list[Operation]] | None:
    """Return the operations of each feature of a block, or None where a step has no exact ones."""
    if block.field != "number" or block.width != len(block.positions):
        return None
    if not all(type(replay) in _COMPILERS for _, replay in block.replays):
        return None
    return [
        [
            operation
            for _, replay in block.replays
            for operation in _COMPILERS[type(replay)](replay, column)
        ]
        for column in range(block.width)
    ]


def _impute(replay: ImputeNumberReplay, column: int) -> Operations:
    yield replay.fill[column], _FILL


def _scale(replay: AffineReplay, column: int) -> Operations:
    for name, numbers in replay.rounds:
        yield numbers[column], _AFFINE[name]


def _clip(replay: ClipReplay, column: int) -> Operations:
    low, high = replay.low[column], replay.high[column]
    if low is not None:
        yield low, _LEAST
    if high is not None:
        yield high, _MOST


def _flag(replay: MissingIndicatorReplay, _: int) -> Operations:
    yield 0.0, _MISSING if replay.when == "missing" else _PRESENT


# The replays that can be compiled. To add one, add its operations here.
_COMPILERS: dict[type, Callable[[Any, int], Operations]] = {
    ImputeNumberReplay: _impute,
    AffineReplay: _scale,
    ClipReplay: _clip,
    MissingIndicatorReplay: _flag,
}
