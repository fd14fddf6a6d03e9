"""Which of two predictors a tree model gets: the walk, or XGBoost's own where that must be."""

from __future__ import annotations

from booster.model import c_api
from booster.model.c_api import Held, Trained
from booster.predict.inplace_prediction import InPlace
from booster.predict.trees.equivalence_check import Predictor, agree
from booster.predict.trees.forest import Unwalkable, forest
from booster.predict.trees.native_predictor import Walk, library
from tandem.logs import logger

# A larger model is saved, read and held once more for its walk: memory that models share.
_MOST_BYTES = 8 << 20


def predictor(model: Held) -> Predictor:
    """Return the quickest predictor of a model that gives XGBoost's bits."""
    return walked(model) or InPlace(model)


def walked(model: Held) -> Walk | None:
    """Return the walk of a model's trees; None where it would not give XGBoost's bits."""
    compiled = library()
    if compiled is None or (isinstance(model, Trained) and model.size > _MOST_BYTES):
        return None
    try:
        grown = forest(c_api.document(model))
    except Unwalkable as reason:
        logger.debug("XGBoost itself predicts with this model: %s", reason)
        return None
    except (KeyError, ValueError) as missing:  # another version's
        logger.warning("XGBoost itself predicts: its models lack what walks need (%s)", missing)
        return None
    walk = Walk(grown, compiled)
    if agree(grown, walk, InPlace(model)):
        return walk
    logger.warning("XGBoost itself predicts with this model: the walk of its trees differs")
    return None
