"""Selects the predictor of a tree model: the native one, or XGBoost where bits could differ."""

from __future__ import annotations

import ctypes

from booster.model import c_api, ubjson
from booster.model.c_api import BoosterHandle, LoadedBooster
from booster.predict.inplace_prediction import InPlacePredictor
from booster.predict.trees.equivalence_check import Predictor, predictors_agree
from booster.predict.trees.forest import Forest, build_forest
from booster.predict.trees.native_predictor import NativePredictor, load_library
from booster.predict.trees.tree_arrays import UnsupportedForest
from tandem.logs import logger

# XGBoost saves a model twice in memory before its trees are read: not for larger ones.
_MAX_BYTES = 8 << 20


def read_forest(content: bytes, rounds: int | None) -> Forest | None:
    """Return the trees of a model file, those of the first `rounds` alone.

    Return None when it is not UBJSON, which alone is read as it lies there, or when XGBoost itself
    must predict.
    """
    if load_library() is None:
        return None
    try:
        return build_forest(ubjson.read(content)["learner"], rounds)
    except (UnsupportedForest, IndexError, KeyError, TypeError, ValueError):
        return None


def choose_predictor(model: BoosterHandle, forest: Forest | None = None) -> Predictor:
    """Return the fastest predictor whose predictions equal XGBoost's bit for bit.

    `forest` are the trees of the model's file, if they were read from it.
    """
    return find_native_predictor(model, forest) or InPlacePredictor(model)


def find_native_predictor(
    model: BoosterHandle, forest: Forest | None = None
) -> NativePredictor | None:
    """Return the native predictor of a model; None where it would not give XGBoost's bits."""
    library = load_library()
    if library is None:
        return None
    native = _check_bits(forest, model, library) if forest is not None else None
    if native is not None:
        return native
    saved = _save_forest(model)
    if saved is None:
        return None
    native = _check_bits(saved, model, library)
    if native is None:
        logger.warning("XGBoost itself predicts with this model: the walk of its trees differs")
    return native


def _check_bits(
    forest: Forest, model: BoosterHandle, library: ctypes.CDLL
) -> NativePredictor | None:
    native = NativePredictor(forest, library)
    return native if predictors_agree(forest, native, InPlacePredictor(model)) else None


def _save_forest(model: BoosterHandle) -> Forest | None:
    """Return the trees of a model as XGBoost saves it; None for a large or unsupported one."""
    if isinstance(model, LoadedBooster) and model.size > _MAX_BYTES:
        logger.debug("XGBoost itself predicts: the trees of its large file could not be read")
        return None
    try:
        return build_forest(c_api.read_document(model))
    except UnsupportedForest as reason:
        logger.debug("XGBoost itself predicts with this model: %s", reason)
    except (KeyError, ValueError) as missing:  # another version's
        logger.warning("XGBoost itself predicts: its models lack what walks need (%s)", missing)
    return None
