"""A quantile sketch in Model Monitor's KLL format: lists of values, each list of one weight.

A value of list h stands for 2**h values of the data. This sketch is made from sorted data, so its
error in rank is at most half of the largest weight: none up to `SIZE` values.
"""

from __future__ import annotations

import numpy as np

from tandem.data.summaries.distribution import Distribution

SIZE = 2048
# How fast lists may shrink downwards in a sketch that is fed value by value (KLL's parameter c).
SHRINK = 0.64


def build_compactors(values: Distribution) -> list[list[float]]:
    """Return the lists of values, weight 1 first; the weights add up to the number of values."""
    rows = len(values)
    height = max(0, (rows - 1).bit_length() - SIZE.bit_length() + 1)
    lists: list[list[float]] = []
    start = 0
    for level in range(height):
        weight = 1 << level
        taken = weight if rows & weight else 0
        middle = [start + weight // 2] if taken else []
        lists.append(values.values_at(np.array(middle, dtype=np.int64)).tolist())
        start += taken
    weight = 1 << height
    return [*lists, values.values_at(np.arange(start + weight // 2, rows, weight)).tolist()]
