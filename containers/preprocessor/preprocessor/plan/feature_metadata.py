"""Metadata of the features for the next container or training: names and categories."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessor.plan.fitted_transform import Plan, ReplayBlock
from preprocessor.transforms.steps.ordinal import OrdinalReplay
from tandem.data.feature_list import FeatureList


def build_feature_list(names: Sequence[str], plan: Plan) -> FeatureList:
    """Return the feature list; features whose last step is `ordinal` are category codes."""
    categories: dict[str, tuple[str, ...]] = {}
    start = 0
    for block in plan.blocks if names else ():
        replays = block.replays if isinstance(block, ReplayBlock) else ()
        last = replays[-1][1] if replays else None
        if isinstance(last, OrdinalReplay):
            columns = zip(names[start : start + block.width], last.columns, strict=True)
            categories |= {name: tuple(texts) for name, texts in columns}
        start += block.width
    return FeatureList(tuple(names), categories)
