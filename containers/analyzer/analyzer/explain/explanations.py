"""SHAP values of rows, with the names of their features and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tandem.data.arrays import FloatArray


@dataclass(frozen=True)
class Explanations:
    """SHAP values: `attributions` of shape (rows, features, outputs), `expected` (outputs,).

    `global_values` has shape (features, outputs). `unit` is what they add up to. `method` names
    their section in `analysis.json`. `baseline` is None where the method has none.
    """

    features: Sequence[str]
    outputs: Sequence[str]
    attributions: FloatArray
    expected: FloatArray
    global_values: FloatArray
    baseline: pd.DataFrame | None
    unit: str
    method: str = "kernel_shap"
