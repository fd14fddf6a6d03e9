"""XGBoost's C library without its Python package, whose import takes ten times as long.

Serving reads a model through its handle, which our `LoadedBooster` and `xgboost.Booster` share.
Source: XGBoost documentation, "XGBoost C Package".
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

import numpy as np
from numpy.typing import NDArray

from booster.model import ubjson

_SUFFIX = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
_STEM = "" if sys.platform == "win32" else "lib"
Strings = ctypes.POINTER(c_char_p)
Sizes, Floats = ctypes.POINTER(c_uint64), ctypes.POINTER(ctypes.c_float)


class LibraryError(Exception):
    """An error of XGBoost's C library, with its message."""


class BoosterHandle(Protocol):
    """A model that has a handle of the C library: `LoadedBooster` or `xgboost.Booster`."""

    @property
    def handle(self) -> c_void_p | None:
        """The C API's BoosterHandle."""


def _load_library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("xgboost")
    package = Path(spec.origin).parent if spec and spec.origin else Path()
    name = f"{_STEM}xgboost.{_SUFFIX}"
    places = (package / "lib" / name, Path(sys.prefix, "lib", name))  # pip's, conda's
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ImportError(f"XGBoost's library {name} is in none of {', '.join(map(str, places))}")
    return ctypes.CDLL(str(path))


LIBRARY = _load_library()
LIBRARY.XGBGetLastError.restype = c_char_p


def check_call(status: int) -> None:
    """Raise LibraryError when a call of the C library failed."""
    if status:
        raise LibraryError(LIBRARY.XGBGetLastError().decode(errors="replace"))


class LoadedBooster:
    """A model loaded from UBJSON or JSON into the C library.

    Raises LibraryError when the content is neither.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self.handle = c_void_p()
        self.size = len(content or b"")  # in bytes
        if content is not None:
            check_call(LIBRARY.XGBoosterCreate(None, c_uint64(0), byref(self.handle)))
            size = c_uint64(len(content))
            check_call(LIBRARY.XGBoosterLoadModelFromBuffer(self.handle, content, size))

    def slice_rounds(self, rounds: int) -> LoadedBooster:
        """Return a model of the first rounds alone."""
        part = LoadedBooster()
        part.size = self.size  # at most
        check_call(LIBRARY.XGBoosterSlice(self.handle, 0, rounds, 1, byref(part.handle)))
        return part

    def __del__(self) -> None:
        if self.handle.value:
            LIBRARY.XGBoosterFree(self.handle)
            self.handle = c_void_p()


class MatrixHandle(Protocol):
    """A matrix that has a handle of the C library: `xgboost.DMatrix`, or an iterator's proxy."""

    handle: c_void_p


def set_columns(matrix: MatrixHandle, columns: NDArray[np.float32]) -> None:
    """Give an iterator's proxy a batch by reference: float32 of shape (features, rows).

    A row of `columns` is contiguous; it must stay as it is until the next batch is given.
    Source: XGBoost C API, `XGProxyDMatrixSetDataColumnar`.
    """
    address, step = columns.ctypes.data, columns.strides[0]
    shape = f'"shape":[{columns.shape[1]}],"strides":[4],"typestr":"<f4","version":3}}'
    text = ",".join(
        f'{{"data":[{address + place * step},true],{shape}' for place in range(len(columns))
    )
    check_call(LIBRARY.XGProxyDMatrixSetDataColumnar(matrix.handle, f"[{text}]".encode()))


def use_one_thread(model: BoosterHandle) -> None:
    """Limit predictions with this model to the calling thread."""
    check_call(LIBRARY.XGBoosterSetParam(model.handle, b"nthread", b"1"))


def count_features(model: BoosterHandle) -> int:
    """Return the number of features."""
    count = c_uint64()
    check_call(LIBRARY.XGBoosterGetNumFeature(model.handle, byref(count)))
    return count.value


def count_rounds(model: BoosterHandle) -> int:
    """Return the number of rounds of boosting."""
    count = c_int()
    check_call(LIBRARY.XGBoosterBoostedRounds(model.handle, byref(count)))
    return count.value


def read_attribute(model: BoosterHandle, name: str) -> str | None:
    """Return an attribute of the model; None where it has none of this name."""
    text, is_set = c_char_p(), c_int()
    check_call(LIBRARY.XGBoosterGetAttr(model.handle, name.encode(), byref(text), byref(is_set)))
    return text.value.decode() if is_set.value and text.value is not None else None


def read_feature_info(model: BoosterHandle, field: str) -> tuple[str, ...]:
    """Return `feature_name` or `feature_type` of each feature; empty where the model has none."""
    count, words = c_uint64(), Strings()
    field_name = field.encode()
    check_call(
        LIBRARY.XGBoosterGetStrFeatureInfo(model.handle, field_name, byref(count), byref(words))
    )
    return tuple((words[place] or b"").decode() for place in range(count.value))


def read_config(model: BoosterHandle) -> Mapping[str, Any]:
    """Return the model's configuration, without its trees."""
    size, text = c_uint64(), c_char_p()
    check_call(LIBRARY.XGBoosterSaveJsonConfig(model.handle, byref(size), byref(text)))
    config: Mapping[str, Any] = json.loads(text.value or b"{}")["learner"]
    return config


def read_kind(model: BoosterHandle) -> str:
    """Return the kind of booster: gbtree, dart or gblinear."""
    return str(read_config(model)["gradient_booster"]["name"])


def find_best_rounds(model: BoosterHandle) -> int | None:
    """Return the number of rounds up to the best one, where early stopping left later rounds.

    Plain XGBoost keeps those, and stores the index of the best round in attribute `best_iteration`.
    """
    best_iteration = read_attribute(model, "best_iteration") or ""
    best = int(best_iteration) + 1 if best_iteration.isdecimal() else 0
    return best if 0 < best < count_rounds(model) and read_kind(model) != "gblinear" else None


def read_document(model: BoosterHandle) -> Mapping[str, Any]:
    """Return the whole model as XGBoost saves it (schema: XGBoost, "Introduction to Model IO")."""
    document: Mapping[str, Any] = ubjson.read(save_to_bytes(model))["learner"]
    return document


def save_to_bytes(model: BoosterHandle) -> bytes:
    """Return the whole model in UBJSON."""
    size, start = c_uint64(), ctypes.POINTER(ctypes.c_char)()
    form = b'{"format": "ubj"}'
    check_call(LIBRARY.XGBoosterSaveModelToBuffer(model.handle, form, byref(size), byref(start)))
    return ctypes.string_at(start, size.value)
