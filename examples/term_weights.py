"""Term weights of a linear booster, and a word cloud of them."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost as xgb
from markupsafe import Markup
from numpy.typing import NDArray

_SMALLEST, _LARGEST = 12, 28


def read_term_weights(archive: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Read terms, and their weights of shape (terms, outputs), out of a model artifact."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile("xgboost-model")
        content = file.read() if file else b""
    model = xgb.Booster(model_file=bytearray(content))
    scores = model.get_score(importance_type="weight")
    names = [name.partition(":")[2] or name for name in scores]
    return names, np.array([np.atleast_1d(value) for value in scores.values()])


def draw_term_cloud(title: str, chosen: Sequence[tuple[str, float]]) -> Markup:
    """Write terms side by side, larger the more they weigh against the first."""
    most = abs(chosen[0][1]) or 1.0
    return Markup('<p style="margin:2px 0"><b>{}</b> {}</p>').format(
        title,
        Markup(" ").join(
            Markup('<span style="font-size:{}px">{}</span>').format(
                round(_SMALLEST + (_LARGEST - _SMALLEST) * (abs(weight) / most) ** 2), name
            )
            for name, weight in chosen
        ),
    )
