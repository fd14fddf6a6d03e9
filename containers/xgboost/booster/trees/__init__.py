"""Which of two predictors a tree model gets: the walk, or XGBoost's own where that must be."""

from __future__ import annotations

from booster import native
from booster.inplace import InPlace
from booster.native import Held
from booster.trees.forest import Unwalkable, forest
from booster.trees.proof import Predictor, agree
from booster.trees.walk import Walk, library
from tandem.logs import logger


def predictor(model: Held) -> Predictor:
    """Give the quickest predictor of a model that gives XGBoost's bits."""
    in_place = InPlace(model)
    compiled = library()
    if compiled is None:
        return in_place
    try:
        grown = forest(native.document(model))
    except Unwalkable as reason:
        logger.debug("XGBoost itself predicts with this model: %s", reason)
        return in_place
    walk = Walk(grown, compiled)
    if agree(grown, walk, in_place):
        return walk
    logger.warning("XGBoost itself predicts with this model: the walk of its trees differs")
    return in_place
