"""The custom transformer classes that a recipe names."""

from __future__ import annotations

from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.step_chains import StepChain
from preprocessor.transforms.custom import class_loader
from preprocessor.transforms.options import to_options
from preprocessor.transforms.steps.custom_transformer import CLASS, PARAMETERS, STEP
from tandem.errors import TandemError


def find_custom_class(chain: StepChain) -> str:
    """Return the name of the custom transformer class in a chain, or an empty text."""
    named = [step.options[CLASS.name] for step in chain.steps if step.step == STEP.name]
    return next(filter(class_loader.is_job_class, map(str, named)), "")


def needs_job_code(recipe: Recipe) -> bool:
    """Return whether a recipe needs the job's code for a custom transformer."""
    return any(find_custom_class(block.chain) for block in recipe.blocks)


def check_classes(recipe: Recipe) -> None:
    """Check every class that a recipe names, before the fit.

    Raises UserError or ScriptError, with the column, when a class cannot be used.
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
