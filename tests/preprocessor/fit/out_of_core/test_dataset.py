"""A fit in parts gives what a fit of the whole gives, however the rows are dealt out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessor.fit.out_of_core import learners
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe.recipe_request import merge_request
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records
from tests.preprocessor.fits import fit_rows
from tests.preprocessor.transforms.steps.test_steps import CATEGORIES, NUMBER, NUMBERS, TEXT

NAMES = ("x", "price")
Treatment = Mapping[str, object]
FEW = settings(max_examples=4)
DATES: list[Treatment] = [{"type": "datetime", "parts": True, "since": True, "cycles": True}]
DAY = st.one_of(st.just("NA"), st.dates().map(str))
# Sums of floating point numbers hang on their order, and so does what is made of them.
SUMS = ("mean", "standard", "power", "kmeans")
MEANS = [t for t in NUMBERS if "kmeans" in str(t)]
EXACT = [t for t in NUMBERS if not any(word in str(t) for word in SUMS)]


class Dealt:
    """Rows dealt out to parts, put together as an engine does."""

    def __init__(
        self, parts: Sequence[Sequence[tuple[str, ...]]], names: tuple[str, ...] = NAMES
    ) -> None:
        self.parts = [Records(part, names, f"file {at}") for at, part in enumerate(parts)]

    def map_reduce(self, task: Any, merge: Any, *arguments: Any) -> Any:
        results = [task(iter([part] if part.rows else []), *arguments) for part in self.parts]
        while len(results) > 1:
            results[:2] = [merge(results[0], results[1])]
        return results[0]


def in_parts(parts: Sequence[Sequence[tuple[str, ...]]], treatment: Treatment) -> FittedRecipe:
    values = resolve_hyperparameters(
        SCHEMA, {"target": "price", "columns": json.dumps({"x": treatment})}
    )
    missing = frozenset({"", "NA"})
    data = OutOfCoreDataset.from_engine(Dealt(parts), missing)
    return data.fit(build_recipe(data, merge_request(values)))


def cut(rows: Sequence[tuple[str, ...]], seed: int) -> list[list[tuple[str, ...]]]:
    piles: list[list[tuple[str, ...]]] = [[], [], []]
    for row, pile in zip(rows, np.random.default_rng(seed).integers(0, 3, len(rows)), strict=True):
        piles[pile].append(row)
    return piles


def same(treatment: Treatment, cells: list[str], seed: int, *, exact: bool) -> None:
    rows = [(cell, str(place)) for place, cell in enumerate(cells)]
    with np.errstate(all="ignore"):
        whole, _ = fit_rows(NAMES, rows, columns=json.dumps({"x": treatment}))
        one = in_parts([rows], treatment)
        several = in_parts(cut(rows, seed), treatment)
    assert several.recipe.to_json() == one.recipe.to_json() == whole.recipe.to_json()
    if treatment.get("scale") == "power":  # fitted to the rows, in the order they come
        close(json.loads(several.plan.to_json()), json.loads(one.plan.to_json()))
    else:
        assert several.plan.to_json() == one.plan.to_json()
    if exact:
        assert one.plan.to_json() == whole.plan.to_json()
    else:
        close(json.loads(one.plan.to_json()), json.loads(whole.plan.to_json()))


def close(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            close(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True)
    else:
        assert found == expected


@pytest.mark.parametrize("strategy", ["quantile", "kmeans"])
def test_bins_of_many_rows_are_fitted_to_counts(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learners, "_MOST_REPEATED", 0)
    cells = [str(place * place % 101) for place in range(400)]
    same({"type": "number", "bin": {"bins": 4, "strategy": strategy}}, cells, 3, exact=False)


@FEW
@given(st.integers(0, 1 << 32))
def test_means_of_numbers_between_which_none_stands_midway(seed: int) -> None:
    # Where one does, k-means puts it to either side, as the order of the rows has it.
    cells = [str(value) for value in np.random.default_rng(seed).normal(size=60)]
    for treatment in MEANS:
        same({"type": "number", **treatment}, [*cells, "NA"], seed % 10, exact=False)


@pytest.mark.parametrize("treatment", [t for t in NUMBERS if t not in MEANS], ids=str)
@FEW
@given(st.lists(NUMBER, min_size=2, max_size=30), st.integers(0, 9))
def test_numbers(treatment: Treatment, cells: list[str], seed: int) -> None:
    cells = ["0.5" if cell == "-0.0" else cell for cell in cells]
    same({"type": "number", **treatment}, ["0.5", "2", *cells], seed, exact=treatment in EXACT)


@pytest.mark.parametrize("treatment", CATEGORIES, ids=str)
@FEW
@given(st.lists(TEXT, min_size=2, max_size=30), st.integers(0, 9))
def test_categories(treatment: Treatment, cells: list[str], seed: int) -> None:
    same({"type": "category", **treatment}, ["A", "A", "B", *cells], seed, exact=True)


@pytest.mark.parametrize("treatment", DATES, ids=str)
@FEW
@given(st.lists(DAY, min_size=2, max_size=30), st.integers(0, 9))
def test_dates(treatment: Treatment, cells: list[str], seed: int) -> None:
    same(treatment, ["2024-01-31", *cells], seed, exact=True)
