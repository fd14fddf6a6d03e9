"""The default limit on the features of a column with many categories."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessor.hyperparameters import ENCODE, MAX_CATEGORIES
from preprocessor.recipe import step_chains
from preprocessor.recipe.column_types import INTERACTIONS, TYPES
from preprocessor.recipe.step_chains import TYPE, StepChain
from preprocessor.transforms.options import RecipeAddress
from preprocessor.transforms.steps import onehot
from tandem.contract.hyperparameters import HyperparameterValues

# In a column that is limited, a category needs so many rows for a feature of its own.
MIN_ROWS = 2


def build_limited_chains(
    treatment: Mapping[str, object],
    categories: int,
    values: HyperparameterValues,
    address: RecipeAddress,
) -> tuple[StepChain, ...]:
    """Return the chains of one treatment with a known `type`, of a column with `categories`.

    Raises UserError, with its location, when a step or an option is unknown.
    """
    return step_chains.build_chains(
        _limit_categories(treatment, categories, values), values, address
    )


def _limit_categories(
    treatment: Mapping[str, object], categories: int, values: HyperparameterValues
) -> Mapping[str, object]:
    """Return the treatment with a limit on its features, unless it requests an encoding."""
    kind = (TYPES | INTERACTIONS)[str(treatment[TYPE])]
    step = onehot.STEP.name
    usual = values[ENCODE] == step and step in kind.encoders
    if (
        not usual
        or categories <= values[MAX_CATEGORIES]
        or any(end in treatment for end in kind.encoders)
    ):
        return treatment
    limits: dict[str, object] = {onehot.MAX_CATEGORIES.name: values[MAX_CATEGORIES]}
    if kind.name in TYPES:  # of an interaction only an upper limit of its categories is known
        limits[onehot.MIN_FREQUENCY.name] = MIN_ROWS
    return {**treatment, step: limits}
