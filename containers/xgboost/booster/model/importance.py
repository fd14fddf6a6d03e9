"""The importance of features in a model."""

from __future__ import annotations

import numpy as np
import xgboost as xgb


def compute_importance(model: xgb.Booster, *, linear: bool) -> list[tuple[int, float]]:
    """Return features with their share of the total gain, or in a linear model of coefficients."""
    names = model.feature_names
    order = {name: index for index, name in enumerate(names)} if names else None
    scores = model.get_score(importance_type="weight" if linear else "total_gain")
    sizes = {name: float(np.abs(value).sum()) for name, value in scores.items()}
    total = sum(sizes.values()) or 1.0
    ranked = sorted(sizes.items(), key=lambda item: -item[1])
    return [(order[name] if order else int(name[1:]), size / total) for name, size in ranked]
