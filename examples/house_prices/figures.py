"""What the predictions are worth."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb


@dataclass(frozen=True)
class Scores:
    """How far off the prices are.

    `rmse_log` is the competition's: root mean squared error of the logarithm of the price.
    `median_error` (dollars) and `median_share` (of the true price) are what half of the houses
    stay below; `mean_error` is in dollars too.
    """

    rmse_log: float
    r2: float
    median_error: float
    median_share: float
    mean_error: float


def compute_scores(true: Sequence[float], predicted: Sequence[float]) -> Scores:
    """Compare prices in dollars."""
    actual, answer = np.array(true), np.array(predicted)
    error = np.log(answer) - np.log(actual)
    dollars = np.abs(actual - answer)
    spread = ((actual - actual.mean()) ** 2).sum()
    return Scores(
        rmse_log=float(np.sqrt((error**2).mean())),
        r2=float(1 - ((actual - answer) ** 2).sum() / spread),
        median_error=float(np.median(dollars)),
        median_share=float(np.median(dollars / actual)),
        mean_error=float(dollars.mean()),
    )


def read_importances(booster: Path, most: int) -> list[tuple[str, float]]:
    """Return the features that reduced the loss most, with their share of all reduction."""
    model = xgb.Booster()
    model.load_model(bytearray(_read_member(booster, "xgboost-model")))
    gains = model.get_score(importance_type="total_gain")
    total = sum(_to_number(gain) for gain in gains.values())
    shares = [(name, _to_number(gain) / total) for name, gain in gains.items()]
    return sorted(shares, key=lambda pair: -pair[1])[:most]


def _read_member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as packed:
        content = packed.extractfile(name)
        return content.read() if content else b""


def _to_number(gain: float | list[float]) -> float:
    return sum(gain) if isinstance(gain, list) else gain
