"""What can be done to a column, one module each, one registry.

A step has two faces: the scikit-learn estimator that is fitted, and the replay that serves, plain
arrays and lookups that give the same bits without pandas or scikit-learn. To add a step, write one
module with a `STEP`, add it to `STEPS`, and name it in the types of column that may have it
(`preprocessor.types`).
"""

from __future__ import annotations

from preprocessor.steps import bin as binning
from preprocessor.steps import (
    clean,
    clip,
    cross,
    cycles,
    flag,
    hash_terms,
    impute,
    log,
    lower,
    missing,
    onehot,
    ordinal,
    ordinal_by_target,
    parse,
    parts,
    product,
    rare,
    scale,
    since,
    target_encode,
    tfidf,
    transformer,
    truth,
)
from preprocessor.steps import hash as hashing
from preprocessor.steps.base import Array, Replay, Step

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        flag.STEP,
        impute.STEP,
        clip.STEP,
        log.STEP,
        scale.STEP,
        binning.STEP,
        lower.STEP,
        missing.STEP,
        rare.STEP,
        onehot.STEP,
        ordinal.STEP,
        ordinal_by_target.STEP,
        target_encode.STEP,
        hashing.STEP,
        truth.STEP,
        product.STEP,
        cross.STEP,
        parse.STEP,
        parts.STEP,
        cycles.STEP,
        since.STEP,
        clean.STEP,
        tfidf.STEP,
        hash_terms.STEP,
        transformer.STEP,
    )
}

__all__ = ["STEPS", "Array", "Replay", "Step"]
