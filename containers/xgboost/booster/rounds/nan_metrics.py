"""Metrics that are no number: an error where one decides, a warning where one is only shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xgboost as xgb

from booster.params.training_config import TrainingConfig
from booster.rounds.evaluation_history import WATCHED_SET, Scores
from tandem.errors import UserError
from tandem.logs import logger


@dataclass
class NanMetricCheck:
    """Looks at every round's scores; a metric that is no number is warned of once."""

    config: TrainingConfig
    matrices: Mapping[str, xgb.DMatrix]
    _warned: set[tuple[str, str]] = field(default_factory=set)

    def check(self, scores: Scores, number: int, booster: xgb.Booster) -> None:
        """Look at a round's scores. Raises UserError where early stopping or tuning needs one."""
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
