"""What a linear booster has learnt: a weight for each term."""

from __future__ import annotations

import tarfile
from pathlib import Path

import xgboost as xgb
from markupsafe import Markup

_SHOWN = 12


def weights(archive: Path) -> dict[str, float]:
    """Read the weight of each term out of a model artifact, the lowest first."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile("xgboost-model")
        content = file.read() if file else b""
    model = xgb.Booster(model_file=bytearray(content))
    found = {name.removeprefix("text:"): weight for name, weight in _scores(model).items()}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def picture(found: dict[str, float]) -> Markup:
    """Give the terms that speak most for and against, larger the more they weigh."""
    names = list(found)
    rows = [("unkind", names[:_SHOWN]), ("kind", names[: -_SHOWN - 1 : -1])]
    most = max(abs(weight) for weight in found.values())
    return Markup().join(
        Markup("<p><b>{}</b>: {}</p>").format(
            title,
            Markup(" ").join(
                Markup('<span style="font-size:{}px">{}</span>').format(
                    round(13 + 17 * abs(found[name]) / most), name
                )
                for name in chosen
            ),
        )
        for title, chosen in rows
    )


def _scores(model: xgb.Booster) -> dict[str, float]:
    scores = model.get_score(importance_type="weight")
    return {name: float(value) for name, value in scores.items() if not isinstance(value, list)}
