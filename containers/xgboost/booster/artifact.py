"""The model artifact: one file, `xgboost-model`, in XGBoost's own UBJSON or JSON form.

Cross-validation leaves several, `xgboost-model-0`, `-1` and so on, which are served together. A
folder with neither is one somebody else packed: each of its files is a model then, whatever it is
called, as in Amazon's container.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import xgboost as xgb

from booster.categorical import Categorical, keep
from tandem.errors import UserError, Where
from tandem.files import write_atomic

NAME = "xgboost-model"
ARCHIVE = "model.tar.gz"
# UBJSON and JSON both start an object; a pickle and the old binary form do not.
_OBJECT_START = b"{"
_FOREIGN = "is not an XGBoost model in UBJSON or JSON"
_SAVE = "Save it with Booster.save_model under a name that ends in .ubj"
_CONVERT = (
    "If you trust who made it, convert it where xgboost is installed:"
    " python scripts/convert_model.py --i-trust-this-file {0} {0}.ubj"
)


def save(
    booster: xgb.Booster,
    model_dir: Path,
    number: int | None = None,
    names: Sequence[str] | None = None,
    categories: Categorical = (),
) -> None:
    """Write the model, whole or not at all, with its features' names where they are given.

    `number` tells the models of several folds apart.
    """
    if names is not None:
        booster.feature_names = list(names)
    keep(booster, categories)
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


def load_all(model_dir: Path, *, ensemble: bool = True) -> list[xgb.Booster]:
    """Read the model, or those of all folds in their order, or only the first of them.

    Raises UserError when there is none, when `xgboost-model` and others are there, or when one is
    not XGBoost's own form.
    """
    paths = _files(model_dir)
    if not paths:
        return [load(model_dir)]
    return [
        best_rounds(_parsed(path.read_bytes(), Where(file=str(path))))
        for path in (paths if ensemble else paths[:1])
    ]


def best_rounds(booster: xgb.Booster) -> xgb.Booster:
    """Leave the rounds up to the best one, where early stopping noted it and kept later ones.

    Plain XGBoost keeps them, and says in the attribute `best_iteration` which round was the best.
    """
    noted = booster.attr("best_iteration") or ""
    rounds = int(noted) + 1 if noted.isdecimal() else 0
    if 0 < rounds < booster.num_boosted_rounds() and _kind(booster) != "gblinear":
        return booster[:rounds]
    return booster


def given(folder: Path) -> xgb.Booster:
    """Read the model of a channel: `xgboost-model`, or a `model.tar.gz` with one in it."""
    booster = best_rounds(_given(folder))
    booster.set_attr(best_iteration=None, best_score=None)  # untrue as soon as a round is added
    return booster


def _given(folder: Path) -> xgb.Booster:
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


def _files(model_dir: Path) -> list[Path]:
    visible = [path for path in model_dir.glob("*") if not path.name.startswith(".")]
    files = sorted((path for path in visible if path.is_file()), key=_fold)
    folds = [path for path in files if path.name.startswith(f"{NAME}-")]
    one = model_dir / NAME
    if one not in files:
        return folds or files
    if folds:
        raise UserError(
            f"holds {NAME!r} and models of folds beside it",
            where=Where(file=str(model_dir)),
            remedy="Keep the one or the others",
        )
    return [one]


def _fold(path: Path) -> tuple[int, str]:
    number = path.name.removeprefix(f"{NAME}-")
    return (int(number) if number.isdecimal() else 0, number)


def _kind(booster: xgb.Booster) -> str:
    return str(json.loads(booster.save_config())["learner"]["gradient_booster"]["name"])


def _parsed(content: bytes, where: Where) -> xgb.Booster:
    booster = xgb.Booster()
    if not content.startswith(_OBJECT_START):
        convert = _CONVERT.format(Path(where.file or NAME).name)
        raise UserError(_FOREIGN, where=where, remedy=f"{_SAVE}. {convert}")
    try:
        booster.load_model(bytearray(content))
    except xgb.core.XGBoostError as error:
        raise UserError(_FOREIGN, where=where, remedy=_SAVE) from error
    return booster
