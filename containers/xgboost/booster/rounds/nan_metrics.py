"""Metrics that are NaN: an error where the metric decides something, else a warning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xgboost as xgb

from booster.params.training_config import WATCHED_SET, TrainingConfig
from booster.rounds.evaluation_history import Scores
from tandem.errors import UserError
from tandem.logs import logger


@dataclass
class NanMetricCheck:
    """Checks every round's scores; warns once of a metric that is NaN."""

    config: TrainingConfig
    matrices: Mapping[str, xgb.DMatrix]
    _warned: set[tuple[str, str]] = field(default_factory=set)

    def check(self, scores: Scores, number: int, booster: xgb.Booster) -> None:
        """Check a round's scores. Raises UserError when the watched metric decides and is NaN."""
        judge = WATCHED_SET if WATCHED_SET in scores else "train"
        for name, values in scores.items():
            for metric, value in values.items():
                if not math.isnan(value) or (name, metric) in self._warned:
                    continue
                what = f"metric '{metric}' of channel '{name}' is not a number in round {number}"
                why = self._find_reason(name, booster)
                if self.config.metric_decides and (name, metric) == (
                    judge,
                    self.config.watched.name,
                ):
                    raise UserError(
                        f"{what}, and early stopping or tuning goes by it{why}",
                        remedy="Choose another eval_metric, or mend the labels or base_score",
                    )
                self._warned.add((name, metric))
                logger.warning("%s%s", what, why)

    def _find_reason(self, name: str, booster: xgb.Booster) -> str:
        matrix = self.matrices[name]
        label = matrix.get_label()
        if not np.isfinite(booster.predict(matrix)).all():
            return ": the model predicts what is no number"
        if len(label) and (label == label[0]).all():
            return f": every label is {label[0]:g}"
        return ""
