"""The model artifact: one file, `xgboost-model`, in XGBoost's own UBJSON or JSON form."""

from __future__ import annotations

from pathlib import Path

import xgboost as xgb

from tandem.errors import UserError, Where
from tandem.files import write_atomic

NAME = "xgboost-model"
# UBJSON and JSON both start an object; a pickle and the old binary form do not.
_OBJECT_START = b"{"


def save(booster: xgb.Booster, model_dir: Path) -> None:
    """Write the model, whole or not at all."""
    write_atomic(model_dir / NAME, bytes(booster.save_raw("ubj")))


def load(model_dir: Path) -> xgb.Booster:
    """Read the model. Raises UserError when there is none or when it is not XGBoost's own form."""
    path = model_dir / NAME
    where = Where(file=str(path))
    if not path.is_file():
        raise UserError("there is no such file", where=where, remedy="Train writes it")
    content = path.read_bytes()
    booster = xgb.Booster()
    foreign = UserError(
        "is not an XGBoost model in UBJSON or JSON",
        where=where,
        remedy="Save it with Booster.save_model under a name that ends in .ubj",
    )
    if not content.startswith(_OBJECT_START):
        raise foreign
    try:
        booster.load_model(bytearray(content))
    except xgb.core.XGBoostError as error:
        raise foreign from error
    return booster
