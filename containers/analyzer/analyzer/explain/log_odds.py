"""Probabilities as log-odds, in which attributions of a logistic model add up."""

from __future__ import annotations

import numpy as np

from tandem.data.arrays import FloatArray
from tandem.errors import BadData

_SMALLEST = 1e-7


def to_log_odds(probabilities: FloatArray, option: str, remedy: str) -> FloatArray:
    """Return the log-odds of probabilities, as if 0 and 1 were 1e-7 away.

    Raises BadData, which names the option and the remedy, when a value is no probability.
    """
    if ((probabilities < 0) | (probabilities > 1)).any():
        raise BadData(f"{option} is true, and a score is no probability", remedy=remedy)
    clipped = np.clip(probabilities, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(clipped / (1 - clipped)))
