"""XGBoost's C library without its Python package, whose import takes ten times as long.

What serving asks of a model is read through the library's handle of it, which our `Trained` and
`xgboost.Booster` have alike. (XGBoost documentation, "XGBoost C Package".)
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import sys
from collections.abc import Mapping
from ctypes import byref, c_char_p, c_int, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Protocol

from booster.model import ubjson

_SUFFIX = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
_STEM = "" if sys.platform == "win32" else "lib"
Strings = ctypes.POINTER(c_char_p)
Sizes, Floats = ctypes.POINTER(c_uint64), ctypes.POINTER(ctypes.c_float)


class Refused(Exception):
    """The library would not do it, and says why."""


class Held(Protocol):
    """A model that the library holds."""

    @property
    def handle(self) -> c_void_p | None:
        """Return the library's name of it."""


def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("xgboost")
    package = Path(spec.origin).parent if spec and spec.origin else Path()
    name = f"{_STEM}xgboost.{_SUFFIX}"
    places = (package / "lib" / name, Path(sys.prefix, "lib", name))  # pip's, conda's
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ImportError(f"XGBoost's library {name} is in none of {', '.join(map(str, places))}")
    return ctypes.CDLL(str(found))


LIBRARY = _library()
LIBRARY.XGBGetLastError.restype = c_char_p


def check(status: int) -> None:
    """Raise Refused where a call of the library failed."""
    if status:
        raise Refused(LIBRARY.XGBGetLastError().decode(errors="replace"))


class Trained:
    """A model read from XGBoost's own UBJSON or JSON, on one thread.

    Raises Refused for other content.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self.handle = c_void_p()
        self.size = len(content or b"")  # in bytes
        if content is not None:
            check(LIBRARY.XGBoosterCreate(None, c_uint64(0), byref(self.handle)))
            size = c_uint64(len(content))
            check(LIBRARY.XGBoosterLoadModelFromBuffer(self.handle, content, size))

    def first(self, rounds: int) -> Trained:
        """Return a model of the first rounds alone."""
        part = Trained()
        part.size = self.size  # at most
        check(LIBRARY.XGBoosterSlice(self.handle, 0, rounds, 1, byref(part.handle)))
        return part

    def __del__(self) -> None:
        if self.handle.value:
            LIBRARY.XGBoosterFree(self.handle)
            self.handle = c_void_p()


def one_thread(model: Held) -> None:
    """Let the library use no threads beside the one that asks."""
    check(LIBRARY.XGBoosterSetParam(model.handle, b"nthread", b"1"))


def width(model: Held) -> int:
    """Return the number of features."""
    count = c_uint64()
    check(LIBRARY.XGBoosterGetNumFeature(model.handle, byref(count)))
    return count.value


def rounds(model: Held) -> int:
    """Return the number of rounds of boosting."""
    count = c_int()
    check(LIBRARY.XGBoosterBoostedRounds(model.handle, byref(count)))
    return count.value


def attribute(model: Held, name: str) -> str | None:
    """Return what somebody noted in the model under a name."""
    text, there = c_char_p(), c_int()
    check(LIBRARY.XGBoosterGetAttr(model.handle, name.encode(), byref(text), byref(there)))
    return text.value.decode() if there.value and text.value is not None else None


def feature_info(model: Held, field: str) -> tuple[str, ...]:
    """Return the features' `feature_name` or `feature_type`, one a feature; none where not kept."""
    count, words = c_uint64(), Strings()
    field_name = field.encode()
    check(LIBRARY.XGBoosterGetStrFeatureInfo(model.handle, field_name, byref(count), byref(words)))
    return tuple((words[place] or b"").decode() for place in range(count.value))


def learner(model: Held) -> Mapping[str, Any]:
    """Return the model's configuration, without its trees."""
    size, text = c_uint64(), c_char_p()
    check(LIBRARY.XGBoosterSaveJsonConfig(model.handle, byref(size), byref(text)))
    found: Mapping[str, Any] = json.loads(text.value or b"{}")["learner"]
    return found


def kind(model: Held) -> str:
    """Return the kind of booster: gbtree, dart or gblinear."""
    return str(learner(model)["gradient_booster"]["name"])


def best_rounds(model: Held) -> int | None:
    """Return the rounds to keep, where early stopping noted the best one and kept later ones.

    Plain XGBoost keeps them, and says in the attribute `best_iteration` which round was the best.
    """
    noted = attribute(model, "best_iteration") or ""
    best = int(noted) + 1 if noted.isdecimal() else 0
    return best if 0 < best < rounds(model) and kind(model) != "gblinear" else None


def document(model: Held) -> Mapping[str, Any]:
    """Return the whole model as XGBoost saves it (its documentation has the schema)."""
    found: Mapping[str, Any] = ubjson.read(saved(model))["learner"]
    return found


def saved(model: Held) -> bytes:
    """Return the whole model in UBJSON."""
    size, start = c_uint64(), ctypes.POINTER(ctypes.c_char)()
    form = b'{"format": "ubj"}'
    check(LIBRARY.XGBoosterSaveModelToBuffer(model.handle, form, byref(size), byref(start)))
    return ctypes.string_at(start, size.value)
