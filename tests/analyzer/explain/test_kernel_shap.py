"""Shapley values are exact where all coalitions fit, additive always, and near them in between."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from analyzer.explain.kernel_shap import Model, ObjectArray, draw_coalitions, explain
from tandem.data.arrays import FloatArray


def make_model(features: int) -> Model:
    """Make a model with two outputs, interactions and a category."""
    weights = np.random.default_rng(7).normal(size=(features, 2))

    def score(rows: ObjectArray) -> FloatArray:
        numbers = np.array([[hash_cell(cell) for cell in row] for row in rows])
        linear = numbers @ weights
        product = np.prod(numbers[:, :2], axis=1) + np.maximum(numbers[:, -1], 0)
        return np.asarray(linear + np.stack([product, np.sin(product)], axis=1))

    return score


def hash_cell(cell: object) -> float:
    return {"red": 1.0, "green": -2.0}.get(cell, 0.0) if isinstance(cell, str) else float(str(cell))


def make_rows(rows: int, features: int, seed: int) -> ObjectArray:
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(rows, features)).astype(object)
    cells[:, 1] = rng.choice(["red", "green"], rows)
    return cells


def enumerate_shapley(model: Model, row: ObjectArray, baseline: ObjectArray) -> FloatArray:
    """Compute Shapley values by their definition: a mean over all orders of the features."""
    features = len(row)

    def value(members: frozenset[int]) -> FloatArray:
        mixed = baseline.copy()
        for member in members:
            mixed[:, member] = row[member]
        return np.asarray(model(mixed).mean(axis=0))

    known = {
        frozenset(some): value(frozenset(some))
        for size in range(features + 1)
        for some in itertools.combinations(range(features), size)
    }
    values = np.zeros((features, len(known[frozenset()])))
    for order in itertools.permutations(range(features)):
        members: frozenset[int] = frozenset()
        for feature in order:
            values[feature] += known[members | {feature}] - known[members]
            members |= {feature}
    return np.asarray(values / math.factorial(features))


@pytest.mark.parametrize("features", [2, 3, 4, 5, 6])
def test_values_are_those_of_the_definition(features: int) -> None:
    model, rows = make_model(features), make_rows(4, features, seed=1)
    baseline = make_rows(3, features, seed=2)
    found = explain(model, rows, baseline)
    for number, row in enumerate(rows):
        expected = enumerate_shapley(model, row, baseline)
        assert found.attributions[number] == pytest.approx(expected, abs=1e-9)
    assert found.expected == pytest.approx(model(baseline).mean(axis=0))


@pytest.mark.parametrize("samples", [1, 5, 40, 300])
def test_values_of_any_number_of_samples_add_up_to_the_prediction(samples: int) -> None:
    model, rows, baseline = make_model(12), make_rows(5, 12, seed=3), make_rows(2, 12, seed=4)
    found = explain(model, rows, baseline, samples=samples, seed=5)
    assert found.attributions.sum(axis=1) + found.expected == pytest.approx(model(rows))


def test_sampled_values_are_near_the_exact_ones_and_repeat_with_the_seed() -> None:
    model, rows, baseline = make_model(10), make_rows(3, 10, seed=3), make_rows(2, 10, seed=4)
    exact = explain(model, rows, baseline, samples=2**10).attributions
    few, more = (
        explain(model, rows, baseline, samples=count, seed=1).attributions for count in (60, 500)
    )
    assert np.abs(more - exact).max() < 0.5 * np.abs(few - exact).max()
    assert np.abs(more - exact).max() < 0.1 * np.abs(exact).max()
    again = explain(model, rows, baseline, samples=60, seed=1).attributions
    assert np.array_equal(again, few)


def test_features_that_are_not_explained_keep_their_values() -> None:
    model, rows, baseline = make_model(5), make_rows(3, 5, seed=3), make_rows(2, 5, seed=4)
    found = explain(model, rows, baseline, explained=[0, 3]).attributions
    assert (found[:, [1, 2, 4]] == 0).all()
    for number, row in enumerate(rows):
        own = np.tile(row, (2, 1))
        own[:, [0, 3]] = baseline[:, [0, 3]]
        assert found[number] == pytest.approx(enumerate_shapley(model, row, own), abs=1e-9)


def test_coalitions_come_with_their_complements_within_the_budget() -> None:
    drawn = draw_coalitions(20, 100, np.random.default_rng(0))
    sets = {tuple(members) for members in drawn.members.tolist()}
    assert 98 <= len(drawn.members) <= 100
    assert all(tuple(not member for member in members) in sets for members in sets)
    assert not any(all(members) or not any(members) for members in sets)
