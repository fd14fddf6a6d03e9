"""What happens between two rounds of boosting."""

from __future__ import annotations

import xgboost as xgb

from tandem.logs import line
from tandem.stopping import Stop

_EvalsLog = xgb.callback.TrainingCallback.EvalsLog


class MetricLines(xgb.callback.TrainingCallback):
    """Writes `[round]<TAB>train-<metric>:<value><TAB>validation-<metric>:<value>` every round.

    This is the built-in algorithm's line, so its metric definitions match (Developer Guide, "Tune
    an XGBoost Model").
    """

    def after_iteration(self, _model: xgb.Booster, epoch: int, evals_log: _EvalsLog) -> bool:
        """Write the line of this round; never ends the training."""
        parts = [f"[{epoch}]"]
        for data_name, metrics in evals_log.items():
            for metric, history in metrics.items():
                value = history[-1]
                score = value[0] if isinstance(value, tuple) else value
                parts.append(f"{data_name}-{metric}:{score:.5f}")
        line("\t".join(parts))
        return False


class StopOnRequest(xgb.callback.TrainingCallback):
    """Ends the training after the round in which the platform asked for it."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop
        self.happened = False

    def after_iteration(self, _model: xgb.Booster, _epoch: int, _evals_log: _EvalsLog) -> bool:
        """Say whether to end here."""
        self.happened = self._stop.requested
        return self.happened
