"""The steps that can be applied to columns: one module each, one registry.

A step has two forms: the scikit-learn estimator that is fitted, and the replay that serves, plain
arrays and lookups that compute the same bits without pandas or scikit-learn. To add a step, write
one module with a `STEP`, add it to `STEPS`, and name it in the column types that may use it
(`preprocessor.recipe.column_types`).
"""

from __future__ import annotations

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.steps import (
    binning,
    boolean,
    clean,
    clip,
    cross,
    custom_transformer,
    date_cycles,
    date_parts,
    hash_category,
    hash_terms,
    impute_category,
    impute_number,
    log1p,
    lower,
    missing_indicator,
    onehot,
    ordinal,
    ordinal_by_target,
    parse_date,
    product,
    rare,
    scale,
    target_encode,
    tfidf,
    time_since,
)
from preprocessor.transforms.steps.step import Replay, Step

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        missing_indicator.STEP,
        impute_number.STEP,
        clip.STEP,
        log1p.STEP,
        scale.STEP,
        binning.STEP,
        lower.STEP,
        impute_category.STEP,
        rare.STEP,
        onehot.STEP,
        ordinal.STEP,
        ordinal_by_target.STEP,
        target_encode.STEP,
        hash_category.STEP,
        boolean.STEP,
        product.STEP,
        cross.STEP,
        parse_date.STEP,
        date_parts.STEP,
        date_cycles.STEP,
        time_since.STEP,
        clean.STEP,
        tfidf.STEP,
        hash_terms.STEP,
        custom_transformer.STEP,
    )
}

__all__ = ["STEPS", "Array", "Replay", "Step"]
