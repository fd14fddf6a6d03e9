"""Kernel SHAP: Shapley values of any model, by weighted least squares over coalitions.

Source: Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions" (2017). Coalitions
are taken by size from both ends, whole sizes first, as their weights are the largest; what is left
of the budget is sampled in pairs of a coalition and its complement (Covert and Lee, 2021).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tandem.data.arrays import FloatArray
from tandem.logs import logger

ObjectArray = NDArray[np.object_]
# Takes rows of shape (rows, features) and returns scores of shape (rows, outputs).
Model = Callable[[ObjectArray], FloatArray]
# Rows that one call of the model gets at most.
_ROWS = 20_000


@dataclass(frozen=True)
class Coalitions:
    """Sets of features: `members` of shape (coalitions, features), `weights` (coalitions,)."""

    members: NDArray[np.bool_]
    weights: FloatArray


@dataclass(frozen=True)
class ShapValues:
    """Attributions of shape (rows, features, outputs); with `expected` they sum to the scores.

    `expected` has shape (outputs,): the mean score of the baseline.
    """

    attributions: FloatArray
    expected: FloatArray


def choose_samples(features: int) -> int:
    """Return the number of coalitions for a number of features, where no other was asked for."""
    return 2 * features + 2048 if features > 11 else int(2**features)


def explain(
    model: Model,
    rows: ObjectArray,
    baseline: ObjectArray,
    *,
    explained: Sequence[int] | None = None,
    samples: int | None = None,
    seed: int | None = None,
) -> ShapValues:
    """Attribute the scores of rows to features.

    `rows` has shape (rows, features), `baseline` (baseline rows, features). Features that are not
    `explained` keep the row's own value in every coalition. `samples` is the number of coalitions
    of a row. Where it reaches all, the values are exact.
    """
    chosen = list(range(rows.shape[1])) if explained is None else list(explained)
    rng = np.random.default_rng(seed)
    budget = choose_samples(len(chosen)) if samples is None else samples
    coalitions = draw_coalitions(len(chosen), budget, rng)
    scores = np.asarray(model(rows))
    step = max(1, _ROWS // max(1, len(coalitions.members) * len(baseline)))
    parts = []
    for first in range(0, len(rows), step):
        some = slice(first, first + step)
        parts.append(_explain_some(model, rows[some], scores[some], baseline, chosen, coalitions))
        if 10 * first // len(rows) < 10 * (first + step) // len(rows):
            logger.info("explained %d of %d rows", min(first + step, len(rows)), len(rows))
    expected = np.asarray(model(baseline)).mean(axis=0)
    return ShapValues(np.concatenate(parts), expected)


def draw_coalitions(features: int, budget: int, rng: np.random.Generator) -> Coalitions:
    """Choose coalitions of 1 to `features` - 1 features, at most `budget` (at least 2) of them."""
    if features == 1:
        return Coalitions(np.zeros((0, 1), dtype=np.bool_), np.zeros(0))
    members: list[NDArray[np.bool_]] = []
    weights: list[float] = []
    left, size = max(budget, 2), 1
    while size <= features // 2:
        sizes = {size, features - size}
        count = sum(math.comb(features, each) for each in sizes)
        if count > left:
            break
        for each in sorted(sizes):
            for chosen in itertools.combinations(range(features), each):
                members.append(_mark(features, chosen))
                weights.append(_weigh_size(features, each) / math.comb(features, each))
        left -= count
        size += 1
    if size <= features // 2 and left >= 2:
        sampled, shares = _sample_pairs(features, size, left // 2, rng)
        members += sampled
        weights += shares
    return Coalitions(np.array(members, dtype=np.bool_), np.array(weights))


def mix_rows(row: ObjectArray, baseline: ObjectArray, coalitions: Coalitions) -> ObjectArray:
    """Return the rows whose scores attribute those of `row`, of shape (features,).

    For no feature, and then for each coalition, they are the baseline's rows with the row's own
    values of its members. The shape is ((1 + coalitions) * baseline rows, features).
    """
    return _hide(row[None], baseline, range(len(row)), _with_none(coalitions))


def attribute_scores(coalitions: Coalitions, scores: FloatArray, own: FloatArray) -> FloatArray:
    """Return attributions of shape (features, outputs), from the scores of `mix_rows`.

    `scores` has shape (rows, outputs), `own` (outputs,).
    """
    means = scores.reshape(len(coalitions.members) + 1, -1, len(own)).mean(axis=1)
    total = own - means[0]
    if not len(coalitions.members):
        return np.asarray(total[None, :])
    return _solve(coalitions, means[1:] - means[0], total)


def _with_none(coalitions: Coalitions) -> NDArray[np.bool_]:
    empty = np.zeros((1, coalitions.members.shape[1]), dtype=np.bool_)
    return np.concatenate([empty, coalitions.members])


def _weigh_size(features: int, size: int) -> float:
    """Return the sum of the Shapley kernel over all coalitions of a size, up to a factor."""
    return (features - 1) / (size * (features - size))


def _mark(features: int, chosen: Sequence[int]) -> NDArray[np.bool_]:
    marked = np.zeros(features, dtype=np.bool_)
    marked[list(chosen)] = True
    return marked


def _sample_pairs(
    features: int, smallest: int, pairs: int, rng: np.random.Generator
) -> tuple[list[NDArray[np.bool_]], list[float]]:
    """Sample coalitions of the sizes that are not complete, each with its complement."""
    sizes = np.arange(smallest, features - smallest + 1)
    kernel = np.array([_weigh_size(features, int(size)) for size in sizes])
    total = kernel.sum()
    members: list[NDArray[np.bool_]] = []
    for size in rng.choice(sizes, size=pairs, p=kernel / total):
        marked = _mark(features, rng.choice(features, size=int(size), replace=False).tolist())
        members += [marked, ~marked]
    return members, [total / len(members)] * len(members)


def _explain_some(
    model: Model,
    rows: ObjectArray,
    scores: FloatArray,
    baseline: ObjectArray,
    chosen: Sequence[int],
    coalitions: Coalitions,
) -> FloatArray:
    """Return attributions of shape (rows, all features, outputs) of a few rows."""
    hidden = _hide(rows, baseline, chosen, np.zeros((1, len(chosen)), dtype=np.bool_))
    empty = _mean_scores(model, hidden, len(rows), 1, len(baseline))[:, 0]
    values = np.zeros((len(rows), rows.shape[1], scores.shape[1]))
    gain = scores - empty
    if len(chosen) == 1:
        values[:, chosen[0]] = gain
        return values
    synthetic = _hide(rows, baseline, chosen, coalitions.members)
    means = _mean_scores(model, synthetic, len(rows), len(coalitions.members), len(baseline))
    for number in range(len(rows)):
        values[number, chosen] = _solve(coalitions, means[number] - empty[number], gain[number])
    return values


def _hide(
    rows: ObjectArray, baseline: ObjectArray, chosen: Sequence[int], members: NDArray[np.bool_]
) -> ObjectArray:
    """Return each row with each baseline row's values outside of each coalition.

    The shape is (rows * coalitions * baseline rows, features), in this order.
    """
    outside = np.zeros((len(members), rows.shape[1]), dtype=np.bool_)
    outside[:, list(chosen)] = ~members
    mixed = np.where(outside[None, :, None, :], baseline[None, None, :, :], rows[:, None, None, :])
    return np.asarray(mixed.reshape(-1, rows.shape[1]), dtype=object)


def _mean_scores(
    model: Model, synthetic: ObjectArray, rows: int, coalitions: int, baseline: int
) -> FloatArray:
    scores = np.asarray(model(synthetic))
    return np.asarray(scores.reshape(rows, coalitions, baseline, -1).mean(axis=2))


def _solve(coalitions: Coalitions, gains: FloatArray, total: FloatArray) -> FloatArray:
    """Fit attributions to the gains of coalitions, under the constraint that they sum to `total`.

    The last feature is replaced by what the others leave. Returns shape (features, outputs).
    """
    members = coalitions.members.astype(np.float64)
    last = members[:, -1:]
    design = members[:, :-1] - last
    target = gains - last * total
    root = np.sqrt(coalitions.weights)[:, None]
    fitted, *_ = np.linalg.lstsq(design * root, target * root, rcond=None)
    return np.concatenate([fitted, (total - fitted.sum(axis=0))[None, :]])
