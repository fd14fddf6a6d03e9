"""The model artifact: one file, `xgboost-model`, in XGBoost's own UBJSON or JSON form.

XGBoost's old binary form is read too, and of a pickled Booster the model's bytes: nothing is
unpickled.
Cross-validation leaves several, `xgboost-model-0`, `-1` and so on, which are served together. A
folder with neither is one somebody else packed: each of its files is a model then, whatever it is
called, as in Amazon's container.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from booster.model import binary_form, pickled_booster
from tandem.errors import Location, UserError
from tandem.io import archives
from tandem.io.atomic_write import write_atomic

NAME = "xgboost-model"
ARCHIVE = "model.tar.gz"
# UBJSON and JSON both start an object.
_OBJECT_START = b"{"
_FOREIGN = "is not an XGBoost model in UBJSON or JSON"
_SAVE = "Save it with Booster.save_model under a name that ends in .ubj"
_CONVERT = (
    "If you trust who made it, convert it where xgboost is installed:"
    " python scripts/convert_model.py --i-trust-this-file {0} {0}.ubj"
)
_DAMAGED = "begins as XGBoost's old binary form does and cannot be read as such"
_CONVERT_OLD = (
    "It may be damaged. See whether XGBoost 3.0.5 reads it: uv run scripts/convert_model.py {0}"
    " {0}.ubj"
)

ModelContent = tuple[bytes, Location]


def write_model(model_dir: Path, content: bytes, number: int | None = None) -> None:
    """Write the model atomically; `number` is the fold of a cross-validation."""
    write_atomic(model_dir / (NAME if number is None else f"{NAME}-{number}"), content)


def read_content(model_dir: Path) -> ModelContent:
    """Read the model's bytes. Raises UserError when there is no file or it is no XGBoost model."""
    path = model_dir / NAME
    if not path.is_file():
        raise UserError(
            "there is no such file", where=Location(file=str(path)), remedy="Train writes it"
        )
    return _check_content(path.read_bytes(), Location(file=str(path)))


def read_contents(model_dir: Path, *, ensemble: bool = True) -> Iterator[ModelContent]:
    """Yield the model, or the models of all folds in order, or without `ensemble` the first alone.

    Raises UserError when there is none, when there is `xgboost-model` beside models of folds, or
    when one is not in XGBoost's own format.
    """
    paths = _list_files(model_dir)
    if not paths:
        yield read_content(model_dir)
    for path in paths if ensemble else paths[:1]:
        yield _check_content(path.read_bytes(), Location(file=str(path)))


def read_packed(folder: Path, limit: int | None = None) -> ModelContent:
    """Read the model of a channel: `xgboost-model`, or a `model.tar.gz` that holds it.

    `limit` is the number of bytes the archive may unpack to. Raises UserError when there is no
    model, or the archive is damaged or too large.
    """
    archive = folder / ARCHIVE
    if not archive.is_file():
        return read_content(folder)
    where = Location(file=str(archive))
    content = archives.read_member(archive, NAME, limit)
    if content is None:
        raise UserError(f"holds no file {NAME!r}", where=where)
    return _check_content(content, where)


def make_foreign_error(location: Location) -> UserError:
    """Return the error for content that is no XGBoost model."""
    return UserError(_FOREIGN, where=location, remedy=_SAVE)


def _list_files(model_dir: Path) -> list[Path]:
    visible = [path for path in model_dir.glob("*") if not path.name.startswith(".")]
    files = sorted((path for path in visible if path.is_file()), key=_read_fold)
    folds = [path for path in files if path.name.startswith(f"{NAME}-")]
    one = model_dir / NAME
    if one not in files:
        return folds or files
    if folds:
        raise UserError(
            f"holds {NAME!r} and models of folds beside it",
            where=Location(file=str(model_dir)),
            remedy="Keep the one or the others",
        )
    return [one]


def _read_fold(path: Path) -> tuple[int, str]:
    number = path.name.removeprefix(f"{NAME}-")
    return (int(number) if number.isdecimal() else 0, number)


def _check_content(content: bytes, location: Location) -> ModelContent:
    model = pickled_booster.find_model(content) or binary_form.convert(content)
    if model is not None or content.startswith(_OBJECT_START):
        return model or content, location
    name = Path(location.file or NAME).name
    if content.startswith(binary_form.MAGIC):
        raise UserError(_DAMAGED, where=location, remedy=_CONVERT_OLD.format(name))
    raise UserError(_FOREIGN, where=location, remedy=f"{_SAVE}. {_CONVERT.format(name)}")
