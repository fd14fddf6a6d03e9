"""The recipe as a plain scikit-learn estimator, fitted on a pandas DataFrame."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from preprocessor.recipe.definition import ColumnGroup, Recipe
from preprocessor.recipe.step_chains import AppliedStep
from preprocessor.transforms.options import to_options
from preprocessor.transforms.steps import STEPS

# The parameter of `fit` for the weights of the rows.
_WEIGHT = "sample_weight"


def build_transformer(recipe: Recipe) -> ColumnTransformer:
    """Return the unfitted ColumnTransformer of a recipe, with a Pipeline of steps a block."""
    classes = len(recipe.classes or ())
    transformers = [(b.name, _build_pipeline(b, classes), list(b.columns)) for b in recipe.blocks]
    # Below this share of filled cells the whole stays sparse: with one sparse block, always.
    return ColumnTransformer(transformers, sparse_threshold=1, verbose_feature_names_out=False)


def _build_pipeline(block: ColumnGroup, classes: int) -> Any:
    steps = [(a.step, _build_estimator(a, classes)) for a in block.chain.steps]
    if any(STEPS[name].named_columns for name, _ in steps):
        for _, estimator in steps[:-1]:
            estimator.set_output(transform="pandas")
    return Pipeline(steps) if steps else "passthrough"


def _build_estimator(applied: AppliedStep, classes: int) -> Any:
    step = STEPS[applied.step]
    return step.set_target_type(step.build_estimator(to_options(applied.options)), classes)


def needs_weights(transformer: Any) -> bool:
    """Return whether an unfitted ColumnTransformer has steps that take sample weights."""
    return any(_list_weight_parameters(pipeline) for _, pipeline, _ in transformer.transformers)


def fit_transformer(
    transformer: Any, values: Any, target: Any, weights: NDArray[np.float64] | None
) -> Any:
    """Fit a ColumnTransformer; steps that take sample weights get `weights`, shape (rows,).

    A ColumnTransformer passes weights on only by metadata routing, under which scikit-learn 1.9's
    TargetEncoder cannot be fitted. So the pipelines concerned are fitted again, each by itself.
    """
    fitted = transformer.fit(values, target)
    for _, pipeline, columns in fitted.transformers_ if weights is not None else ():
        names = _list_weight_parameters(pipeline)
        if names:
            pipeline.fit(values[columns], target, **dict.fromkeys(names, weights))
    return fitted


def _list_weight_parameters(pipeline: Any) -> list[str]:
    """Return the names of a pipeline's weight parameters; bins of equal width ignore weights."""
    return [
        f"{name}__{_WEIGHT}"
        for name, step in getattr(pipeline, "steps", ())
        if _WEIGHT in signature(type(step).fit).parameters
        and getattr(step, "strategy", "") != "uniform"
    ]
