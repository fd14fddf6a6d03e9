"""Verification, at the fit, that a custom transformer can serve: on the training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessor.plan import sklearn_block
from preprocessor.plan.custom_block import CustomBlock
from preprocessor.transforms.kernels.arrays import Array
from tandem.data.tables import Table
from tandem.errors import Location, UserError
from tandem.logs import logger
from tandem.script import code_import

_ROWS = 20


def verify_block(block: CustomBlock, training: Table) -> CustomBlock:
    """Return the block with the types that its file will hold.

    Raises UserError when the features of the same rows differ between two calls, or between a row
    alone and among others, or when the estimator cannot be saved without a pickle. Raises
    ScriptError when the class fails.
    """
    expected = block.apply(training)
    if not _are_same(block.apply(training), expected):
        raise UserError(
            f"{block.name} gives other features for the same rows the second time",
            remedy="What serves must be deterministic: draw what is random in fit, or fix the seed",
        )
    for row, part in enumerate(Table(training.numbers[:_ROWS], training.texts[:_ROWS]).split(1)):
        if not _are_same(block.apply(part), expected[row : row + 1]):
            raise UserError(
                f"{block.name} gives row {row + 1} of the training data other features alone than"
                " among the other rows",
                remedy="Learn what is about all rows in fit; transform gets one row at a time",
            )
    _warn_of_missing(block, training)
    return _verify_saving(block, training, expected)


def _warn_of_missing(block: CustomBlock, training: Table) -> None:
    """Log a warning when a class fails for missing values, which training may not have had."""
    texts = np.full((1, training.texts.shape[1]), None, dtype=object)
    nothing = Table(np.full((1, training.numbers.shape[1]), np.nan), texts)
    try:
        block.transform(nothing)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        logger.warning(
            "%s takes no missing value (%s): a row without one will be refused",
            block.name,
            type(error).__name__,
        )


def _verify_saving(block: CustomBlock, training: Table, expected: Array) -> CustomBlock:
    """Save the estimator, load it again, and return the block with the types of its file."""
    import skops.io  # it imports all of scikit-learn: a second that no other recipe has to wait

    remedy = "Keep numbers, texts, lists, arrays and scikit-learn objects in its attributes"
    try:
        body = skops.io.dumps(block.estimator)
        types = sklearn_block.find_foreign_types(skops.io.get_untrusted_types(data=body))
        strange = [
            name for name in types if not code_import.is_user_module(name.rpartition(".")[0])
        ]
        if strange:
            raise UserError(
                f"{block.name} holds a {strange[0]}, which no file keeps but a pickle",
                remedy=remedy,
            )
        again = replace(
            block, estimator=sklearn_block.parse_estimator(body, Location(block.file), types)
        )
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        raise UserError(f"{block.name} cannot be kept: {error}", remedy=remedy) from error
    if not _are_same(again.apply(training), expected):
        raise UserError(f"{block.name} gives other features when it is loaded again", remedy=remedy)
    return replace(block, types=tuple(types))


def _are_same(one: Array, other: Array) -> bool:
    return np.array_equal(one, other, equal_nan=True)
