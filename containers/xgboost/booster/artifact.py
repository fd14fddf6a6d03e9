"""The model artifact: one file, `xgboost-model`, in XGBoost's own UBJSON or JSON form.

Cross-validation leaves several, `xgboost-model-0`, `-1` and so on, which are served together.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path

import xgboost as xgb

from tandem.errors import UserError, Where
from tandem.files import write_atomic

NAME = "xgboost-model"
ARCHIVE = "model.tar.gz"
# UBJSON and JSON both start an object; a pickle and the old binary form do not.
_OBJECT_START = b"{"


def save(
    booster: xgb.Booster,
    model_dir: Path,
    number: int | None = None,
    names: Sequence[str] | None = None,
) -> None:
    """Write the model, whole or not at all, with its features' names where they are given.

    `number` tells the models of several folds apart.
    """
    if names is not None:
        booster.feature_names = list(names)
    name = NAME if number is None else f"{NAME}-{number}"
    write_atomic(model_dir / name, bytes(booster.save_raw("ubj")))


def load(model_dir: Path) -> xgb.Booster:
    """Read the model. Raises UserError when there is none or when it is not XGBoost's own form."""
    path = model_dir / NAME
    if not path.is_file():
        raise UserError(
            "there is no such file", where=Where(file=str(path)), remedy="Train writes it"
        )
    return _parsed(path.read_bytes(), Where(file=str(path)))


def load_all(model_dir: Path) -> list[xgb.Booster]:
    """Read the model, or those of all folds in their order.

    Raises UserError when there is none, when there are both, or when one is not XGBoost's own form.
    """
    folds = sorted(model_dir.glob(f"{NAME}-*"), key=_fold)
    if not folds:
        return [load(model_dir)]
    if (model_dir / NAME).exists():
        raise UserError(
            f"holds {NAME!r} and models of folds beside it",
            where=Where(file=str(model_dir)),
            remedy="Keep the one or the others",
        )
    return [_parsed(path.read_bytes(), Where(file=str(path))) for path in folds]


def _fold(path: Path) -> tuple[int, str]:
    number = path.name.removeprefix(f"{NAME}-")
    return (int(number) if number.isdecimal() else 0, number)


def given(folder: Path) -> xgb.Booster:
    """Read the model of a channel: `xgboost-model`, or a `model.tar.gz` with one in it."""
    archive = folder / ARCHIVE
    if not archive.is_file():
        return load(folder)
    where = Where(file=str(archive))
    try:
        with tarfile.open(archive) as members:
            names = {name.removeprefix("./"): name for name in members.getnames()}
            stream = members.extractfile(names[NAME])
            content = stream.read() if stream else b""
    except (tarfile.TarError, KeyError, OSError) as error:
        raise UserError(f"holds no file {NAME!r}", where=where) from error
    return _parsed(content, where)


def _parsed(content: bytes, where: Where) -> xgb.Booster:
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
