"""Which classes of the user's own a recipe names, and for which columns."""

from __future__ import annotations

from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.step_chains import StepChain
from preprocessor.transforms.custom import class_loader
from preprocessor.transforms.options import to_options
from preprocessor.transforms.steps.custom_transformer import CLASS, PARAMETERS, STEP
from tandem.errors import TandemError


def find_custom_class(chain: StepChain) -> str:
    """Return the class of the user's own that a chain ends in, or nothing."""
    named = [step.options[CLASS.name] for step in chain.steps if step.step == STEP.name]
    return next(filter(class_loader.is_job_class, map(str, named)), "")


def needs_job_code(recipe: Recipe) -> bool:
    """Return whether a recipe needs the job's code."""
    return any(find_custom_class(block.chain) for block in recipe.blocks)


def check_classes(recipe: Recipe) -> None:
    """Look at every class a recipe names, before anything is fitted.

    Raises UserError or ScriptError, with the column, for a class that cannot be used.
    """
    for block in recipe.blocks:
        for step in block.chain.steps:
            if step.step == STEP.name:
                options = to_options(step.options)
                parameters = options[PARAMETERS]
                try:
                    class_loader.check_transformer(options[CLASS], parameters)
                except TandemError as error:
                    raise error.add_location(column=block.columns[0]) from error
