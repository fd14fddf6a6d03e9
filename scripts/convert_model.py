# /// script
# dependencies = ["joblib", "xgboost==3.0.5"]
# ///
"""Turns an XGBoost model as old Amazon containers wrote them into XGBoost's own form of today.

Such are pickles, and the binary form that begins with `binf`, which save_model of xgboost 1.7
wrote; 3.0.5 reads it, 3.2 does not. With uv nothing has to be installed by hand:

    uv run scripts/convert_model.py xgboost-model xgboost-model.ubj

Loading a pickle runs the code that is in it, so the images never do. Run this only on a file whose
maker you trust, best in an environment thrown away afterwards. It stands alone: copy it anywhere
and run it with the xgboost that wrote the model, or a later one that still reads it; joblib is
needed for what joblib wrote.

    python convert_model.py --i-trust-this-file xgboost-model xgboost-model.ubj
    python convert_model.py --i-trust-this-file model.tar.gz converted.tar.gz
"""

from __future__ import annotations

import argparse
import io
import os
import pickle
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xgboost as xgb

_OBJECT_START = b"{"
_ARCHIVE = ".tar.gz"
_RATIO, _LEAST = 100, 256 << 20
_OLD_BINARY = b"binf"
_FORMS = (".ubj", ".json")
_OUTPUT = "the new model, .ubj or .json (xgboost before 1.6 writes .json alone), or a .tar.gz"
_READS_IT = (
    "{0} is in XGBoost's old binary form, which xgboost {1} does not read. Convert it with xgboost"
    " 3.0.5, which needs no pickle and no flag: uv run scripts/convert_model.py {2}, or pip"
    " install xgboost==3.0.5 in an environment of its own and run it there."
)
_RISK = (
    "Loading a pickle runs whatever code is in it. If you trust who made {0}, say so with"
    " --i-trust-this-file."
)
# The errors a broken or foreign pickle ends in (Python documentation, "pickle").
_UNPICKLING = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,  # XGBoostError is one
)


class Unreadable(Exception):
    """The file holds no XGBoost model that can be converted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert a file. Gives 0, or 1 and a sentence on standard error with nothing written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--i-trust-this-file", action="store_true", help="required for a pickle: see above"
    )
    parser.add_argument("source", type=Path, help="an old model, or a model.tar.gz of some")
    parser.add_argument("target", type=Path, help=_OUTPUT)
    asked = parser.parse_args(arguments)
    try:
        content = _convert_file(asked.source, asked.target.name, trusted=asked.i_trust_this_file)
        _write(asked.target, content)
    except (Unreadable, OSError, EOFError, zlib.error, tarfile.TarError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(f"wrote {asked.target} with xgboost {xgb.__version__}")
    return 0


def _convert_file(source: Path, target: str, *, trusted: bool) -> bytes:
    packed = source.name.endswith(_ARCHIVE)
    if packed != target.endswith(_ARCHIVE):
        raise Unreadable("A .tar.gz becomes a .tar.gz, and a model a model.")
    if packed:
        return _convert_archive(source, trusted=trusted)
    form = Path(target).suffix
    if form not in _FORMS:
        raise Unreadable(f"{target} must end in .ubj or .json.")
    return convert(source.read_bytes(), str(source), form, trusted=trusted)


def convert(content: bytes, name: str, form: str = ".ubj", *, trusted: bool = False) -> bytes:
    """Read an old model, and give its bytes in XGBoost's own form of today.

    A pickle, of a Booster or an XGBModel, is loaded only where it is `trusted`. Raises Unreadable.
    """
    if content.startswith(_OLD_BINARY):
        return _save(_read(content, name), form)
    if not trusted:
        raise Unreadable(_RISK.format(name))
    model = _unpickle(content, name)
    booster = model if isinstance(model, xgb.Booster) else _find_booster(model, name)
    best = getattr(model, "best_iteration", None)
    if best is not None and booster.attr("best_iteration") is None:  # a pickle before xgboost 1.4
        booster.set_attr(best_iteration=str(best))
    return _save(booster, form)


def _read(content: bytes, name: str) -> xgb.Booster:
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(content))
    except xgb.core.XGBoostError as error:
        command = f"{Path(name).name} {Path(name).name}.ubj"
        raise Unreadable(_READS_IT.format(name, xgb.__version__, command)) from error
    return booster


def _save(booster: xgb.Booster, form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{form}"
        booster.save_model(str(path))
        saved = path.read_bytes()
    if not saved.startswith(_OBJECT_START):
        raise Unreadable(f"xgboost {xgb.__version__} writes no {form}: ask for a file in .json.")
    return saved


def _unpickle(content: bytes, name: str) -> Any:
    try:
        import joblib
    except ImportError:
        load = pickle.load
    else:
        load = joblib.load
    try:
        return load(io.BytesIO(content))
    except _UNPICKLING as error:
        raise Unreadable(
            f"{name} cannot be unpickled with xgboost {xgb.__version__}"
            f" ({type(error).__name__}: {error}). Use the xgboost that wrote it, and install"
            " joblib where joblib wrote it."
        ) from error


def _find_booster(model: Any, name: str) -> xgb.Booster:
    if not isinstance(model, xgb.XGBModel):
        raise Unreadable(f"{name} holds a {type(model).__name__}, and no XGBoost model.")
    return model.get_booster()


def _convert_archive(source: Path, *, trusted: bool) -> bytes:
    """Convert the old models of an archive; a file beside them, and one of today, stays."""
    out = io.BytesIO()
    left = limit = max(_RATIO * source.stat().st_size, _LEAST)
    with tarfile.open(source) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for member in old:
            left -= member.size
            if left < 0:
                raise Unreadable(
                    f"{source} unpacks to more than {limit >> 20} MB. Unpack it first."
                )
            stream = old.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            content = stream.read()
            if "/" not in member.name.removeprefix("./") and content[:1] != _OBJECT_START:
                content = convert(content, f"{source}: {member.name}", trusted=trusted)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(main())
