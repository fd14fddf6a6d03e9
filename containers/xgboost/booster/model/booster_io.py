"""Models as objects of XGBoost's Python package: written, read and continued by training."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import xgboost as xgb

from booster.model import artifact, c_api
from booster.model.artifact import ModelContent
from booster.model.category_codes import Categorical, encode_categories


def save(
    booster: xgb.Booster,
    model_dir: Path,
    number: int | None = None,
    names: Sequence[str] | None = None,
    categories: Categorical = (),
    form: str = "",
) -> None:
    """Write the model atomically, with the names of its features where they are given.

    `number` is the fold of a cross-validation. As `form`, `pickle` is a pickled Booster; else the
    file is UBJSON.
    """
    if names is not None:
        booster.feature_names = list(names)
    booster.set_attr(**encode_categories(categories))
    pickled = form == "pickle"
    content = pickle.dumps(booster) if pickled else bytes(booster.save_raw("ubj"))
    artifact.write_model(model_dir, content, number)


def load(model_dir: Path) -> xgb.Booster:
    """Read the model. Raises UserError when there is none or it is not in XGBoost's own format."""
    return _parse(artifact.read_content(model_dir))


def load_best(model_dir: Path) -> xgb.Booster:
    """Read the model without the rounds after its best one. Raises UserError as `load` does."""
    return _cut_to_best(load(model_dir))


def load_from_channel(folder: Path, limit: int | None = None) -> xgb.Booster:
    """Read the model of a channel: `xgboost-model`, or a `model.tar.gz` that holds it.

    Rounds after the best one are cut off. `limit` is the number of bytes the archive may unpack to.
    Raises UserError as `load` does.
    """
    booster = _cut_to_best(_parse(artifact.read_packed(folder, limit)))
    booster.set_attr(best_iteration=None, best_score=None)  # wrong once a round is added
    return booster


def _cut_to_best(booster: xgb.Booster) -> xgb.Booster:
    best = c_api.find_best_rounds(booster)
    return booster if best is None else booster[:best]


def _parse(model_content: ModelContent) -> xgb.Booster:
    content, where = model_content
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(content))
    except xgb.core.XGBoostError as error:
        raise artifact.make_foreign_error(where) from error
    return booster
