"""A summary hangs on the rows, not on how they are dealt out, and says what NumPy says of them."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.data.summaries import column_summary, number_buckets, text_sample
from tandem.data.summaries.column_summary import ColumnSummary, count_cells
from tandem.data.summaries.distribution import Distribution, build_distribution
from tandem.data.summaries.number_buckets import NumberBuckets
from tandem.data.text.float_conversion import read_number

MISSING = frozenset({"", "NA"})
CELL = st.one_of(
    st.sampled_from(["NA", "", " NA ", "1", "1.0", " 1", "-0.0", "word", "é", "nan"]),
    st.floats(-1e6, 1e6).map(repr),
    st.integers(-9, 9).map(str),
)
FEW = settings(max_examples=60)


def dealt(cells: Sequence[str], parts: int, seed: int) -> ColumnSummary:
    """Count cells in parts, merged in any order."""
    order = random.Random(seed)  # noqa: S311 - no secret
    piles: list[list[str]] = [[] for _ in range(parts)]
    for cell in cells:
        order.choice(piles).append(cell)
    made = []
    for pile in piles:
        column = ColumnSummary(MISSING)
        cut = order.randint(0, len(pile))
        column.add(Counter(pile[:cut]))
        column.add(Counter(pile[cut:]))
        made.append(column)
    while len(made) > 1:
        order.shuffle(made)
        made[0].merge(made.pop())
    return made[0]


def described(column: ColumnSummary) -> dict[str, Any]:
    """Give everything a summary says."""
    found = column.numbers()
    return {
        "rows": (column.rows, column.missing, column.absent, column.markers),
        "texts": (dict(sorted(column.counts.items())), column.distinct, column.all_differ),
        "kind": (column.words, column.whole, column.exact),
        "values": None if found is None else found.values.tobytes(),
        "counts": None if found is None else (found.counts.tobytes(), found.bits),
    }


@FEW
@given(st.lists(CELL, max_size=60), st.integers(1, 6), st.integers(0, 99))
def test_any_partition_gives_the_same_summary(cells: list[str], parts: int, seed: int) -> None:
    assert described(dealt(cells, parts, seed)) == described(count_cells(cells, MISSING))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "cell",
    [repr, lambda x: f"text {x}", lambda x: str(int(x)), lambda x: repr(x * 1e-300)],
    ids=["numbers", "texts", "whole numbers", "tiny numbers"],
)
def test_any_partition_gives_the_same_summary_of_more_than_is_kept(
    cell: Callable[[float], str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_summary, "MOST", 100)
    monkeypatch.setattr(text_sample, "KEPT", 30)
    monkeypatch.setattr(number_buckets, "MOST", 50)
    cells = [cell(x) for x in np.random.default_rng(seed).normal(0, 900, 1500)] + ["NA", ""] * 9
    whole = count_cells(cells, MISSING)
    assert not whole.exact
    assert described(dealt(cells, 5, seed)) == described(whole)


def test_a_column_that_says_more_than_is_kept_still_knows_what_hangs_on_all_of_it() -> None:
    identifiers = [f"user-{n}" for n in range(70_000)]
    column = count_cells(identifiers, MISSING)
    assert (column.exact, column.all_differ, column.distinct) == (False, True, 70_000)
    twice = count_cells(identifiers * 2, MISSING)
    assert not twice.all_differ
    assert twice.distinct == pytest.approx(70_000, rel=0.1)
    documents = count_cells(["word " * 1000 + str(n) for n in range(900)], MISSING)
    assert (documents.exact, documents.distinct, documents.words) == (False, 900, 900)


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 999, 50_000])
def test_few_numbers_have_the_very_quantiles_of_numpy(rows: int) -> None:
    values = np.random.default_rng(rows).choice(np.array([0.1, -3.7, 2e9, 5.0, 1e-9, 7.3]), rows)
    found, shares = build_distribution(values), np.linspace(0, 1, 101)
    assert found.quantiles(shares).tolist() == np.quantile(values, shares).tolist()
    assert found.median == np.median(values)
    assert (found.low, found.high, len(found)) == (values.min(), values.max(), rows)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.deviation == pytest.approx(values.std(), rel=1e-12)


@pytest.mark.parametrize("name", ["normal", "lognormal", "uniform"])
def test_many_numbers_keep_their_sum_and_their_ends_and_miss_a_quantile_by_a_known_share(
    name: str,
) -> None:
    values = getattr(np.random.default_rng(1), name)(size=300_000)
    made = NumberBuckets()
    for part in np.array_split(values, 7):
        made.add(part, np.ones(len(part), dtype=np.int64))
    found = made.to_distribution()
    assert found.bits is not None
    assert found.bits >= 11
    assert found.counts.sum() == 300_000
    assert (found.low, found.high) == (values.min(), values.max())
    assert found.total == pytest.approx(math.fsum(values.tolist()), rel=1e-13, abs=1e-9)
    assert found.deviation == pytest.approx(values.std(), rel=1e-6)
    shares = np.linspace(0, 1, 201)
    true = np.quantile(values, shares)
    assert (np.abs(found.quantiles(shares) - true) <= np.abs(true) * 2.0**-found.bits).all()


def test_numbers_too_large_for_a_sum_are_counted_all_the_same() -> None:
    found: Distribution = build_distribution(np.array([1.7e308, 1.7e308, -1.0]))
    assert math.isinf(found.total)
    assert (found.low, found.median) == (-1.0, 1.7e308)


@given(
    st.lists(CELL, min_size=1), st.lists(st.sampled_from(["007", "+5", "1e400", "2.", "٣", "1,5"]))
)
@FEW
def test_cells_read_together_count_as_cells_read_one_by_one(
    cells: list[str], odd: list[str]
) -> None:
    together = column_summary.ColumnTotals()
    together.add_numbers(Counter(cells + odd), MISSING)
    texts = [text for cell in cells + odd if (text := cell.strip()) not in MISSING]
    numbers, words = [], 0
    for text in texts:
        try:
            numbers.append(read_number(text, MISSING))
        except ValueError:
            words += 1
    not_whole = sum(re.fullmatch("[+-]?[0-9]+", text) is None for text in texts)
    assert (together.words, together.not_whole) == (words, not_whole)
    assert together.padded == ("007" in odd)
    found = together.buckets.to_distribution()
    expected = build_distribution(np.array(numbers, dtype=np.float64))
    assert found.values.tobytes() == expected.values.tobytes()
    assert found.counts.tobytes() == expected.counts.tobytes()
