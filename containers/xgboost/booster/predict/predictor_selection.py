"""Selects the predictor of a tree model: the native one, or XGBoost where bits could differ."""

from __future__ import annotations

from booster.model import c_api
from booster.model.c_api import BoosterHandle, LoadedBooster
from booster.predict.inplace_prediction import InPlacePredictor
from booster.predict.trees.equivalence_check import Predictor, predictors_agree
from booster.predict.trees.forest import UnsupportedForest, build_forest
from booster.predict.trees.native_predictor import NativePredictor, load_library
from tandem.logs import logger

# The native predictor needs a second copy of the model in memory: not for larger ones.
_MAX_BYTES = 8 << 20


def choose_predictor(model: BoosterHandle) -> Predictor:
    """Return the fastest predictor whose predictions equal XGBoost's bit for bit."""
    return find_native_predictor(model) or InPlacePredictor(model)


def find_native_predictor(model: BoosterHandle) -> NativePredictor | None:
    """Return the native predictor of a model; None where it would not give XGBoost's bits."""
    library = load_library()
    if library is None or (isinstance(model, LoadedBooster) and model.size > _MAX_BYTES):
        return None
    try:
        forest = build_forest(c_api.read_document(model))
    except UnsupportedForest as reason:
        logger.debug("XGBoost itself predicts with this model: %s", reason)
        return None
    except (KeyError, ValueError) as missing:  # another version's
        logger.warning("XGBoost itself predicts: its models lack what walks need (%s)", missing)
        return None
    native = NativePredictor(forest, library)
    if predictors_agree(forest, native, InPlacePredictor(model)):
        return native
    logger.warning("XGBoost itself predicts with this model: the walk of its trees differs")
    return None
