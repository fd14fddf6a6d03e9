"""Every step: known values, and the replay's bits against scikit-learn's on rows of every kind."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from preprocessor.data.data_frame import build_frame
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.plan import fitted_transform
from preprocessor.serving import TransformModel
from tandem.data.tables import Table
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_column, is_replayed, make_hostile_rows

Treatment = Mapping[str, object]
METHODS = ("standard", "robust", "minmax", "maxabs", "quantile", "normal", "power")
NUMBERS: list[Treatment] = [
    *({"impute": "none", "scale": method} for method in METHODS),
    *({"impute": "mean", "log1p": True, "scale": method} for method in METHODS),
    {"impute": "none", "clip": {"low": -3, "high_quantile": 0.9}},
    {"impute": "none", "clip": True, "log1p": {"signed": True}},
    {"impute": "none", "log1p": True},
    {"impute": "most_frequent", "bin": 4},
    {"impute": "median", "bin": {"bins": 3, "strategy": "uniform", "encode": "onehot"}},
    {"impute": "zero", "scale": "robust", "bin": {"bins": 2, "strategy": "kmeans"}},
    {"flag": True},
    {"flag": "present", "impute": {"strategy": "constant", "fill": -1}},
]
CATEGORIES: list[Treatment] = [
    {"onehot": {"min_frequency": 2}},
    {"onehot": {"max_categories": 2}, "ordinal": True, "flag": "present"},
    {"missing": "most_frequent", "ordinal": True},
    {"missing": {"strategy": "constant", "fill": "B"}, "onehot": True},
    {"rare": {"min_count": 2}, "onehot": True},
    {"lower": True, "ordinal": True},
    {"lower": True, "onehot": {"min_frequency": 2}, "flag": True},
    {"hash": 4},
    {"hash": {"features": 7, "signed": False}, "missing": False},
    {"rare": {"min_share": 0.3, "unseen": "keep"}, "ordinal": True, "onehot": True},
    {"rare": {"min_count": 3, "label": "B"}, "onehot": True},
]
NUMBER = st.one_of(
    st.just("NA"),
    st.floats(-1e12, 1e12).map(repr),
    st.integers(-9, 9).map(str),
    st.sampled_from(["-1", "-0.0", "1e-300", "16777217"]),
)
TEXT = st.one_of(st.just("NA"), st.sampled_from(["A", "a", "B", "é", "É", "a,b", " ", "(missing)"]))
FEW = settings(max_examples=12)


@pytest.mark.parametrize("treatment", NUMBERS, ids=str)
@FEW
@given(st.lists(NUMBER, min_size=2, max_size=12), st.lists(NUMBER, max_size=5))
def test_numbers_keep_every_bit(treatment: Treatment, cells: list[str], unseen: list[str]) -> None:
    keeps_every_bit({"type": "number", **treatment}, ["0.5", "2", *cells], unseen)


@pytest.mark.parametrize("treatment", CATEGORIES, ids=str)
@FEW
@given(st.lists(TEXT, min_size=2, max_size=12), st.lists(TEXT, max_size=5))
def test_categories_keep_every_bit(
    treatment: Treatment, cells: list[str], unseen: list[str]
) -> None:
    keeps_every_bit({"type": "category", **treatment}, ["A", "A", "B", *cells], unseen)


def keeps_every_bit(treatment: Treatment, cells: Sequence[str], unseen: Sequence[str]) -> None:
    with np.errstate(all="ignore"):
        done, training = fit_column(cells, treatment)
        assert is_replayed(done)
        again = fitted_transform.from_json(json.loads(done.plan.to_json()), Path())
        rest = fit_column([*cells, *unseen], treatment)[1]
        for table in (training, rest, make_hostile_rows(done)):
            whole = by_scikit_learn(done, table)
            if whole is not None:
                same_bits(again.apply(table), whole)
                continue
            for row in table.split(1):
                expected = by_scikit_learn(done, row)
                if expected is not None:
                    same_bits(again.apply(row), expected)
        same_bits(again.apply(rest), np.concatenate([again.apply(r) for r in rest.split(1)]))


def by_scikit_learn(done: FittedRecipe, table: Table) -> NDArray[np.float32] | None:
    """Give scikit-learn's own features; None where it refuses the row."""
    try:
        features: NDArray[Any] = done.transformer.transform(
            build_frame(table, done.recipe.build_schema())
        )
    except ValueError:
        return None
    return features.astype(np.float32)


def same_bits(actual: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    assert actual.shape == expected.shape
    there = ~(np.isnan(actual) & np.isnan(expected))
    assert actual[there].tobytes() == expected[there].tobytes()


NAN = math.nan
KNOWN: list[tuple[Treatment, list[list[float]]]] = [
    ({"impute": "none", "clip": {"low": 1, "high": 3}}, [[1], [1], [NAN], [3], [3]]),
    ({"impute": "none", "clip": {"high_quantile": 0.5}}, [[0], [1], [NAN], [2], [2]]),
    ({"impute": "none", "clip": True}, [[0], [1], [NAN], [3], [4]]),
    ({"impute": "none", "log1p": True}, [[0], [math.log(2)], [NAN], [math.log(4)], [math.log(5)]]),
    ({"impute": "none", "scale": "standard"}, [[-1.2649], [-0.6325], [NAN], [0.6325], [1.2649]]),
    ({"impute": "none", "scale": "robust"}, [[-0.8], [-0.4], [NAN], [0.4], [0.8]]),
    ({"impute": "none", "scale": "minmax"}, [[0], [0.25], [NAN], [0.75], [1]]),
    ({"impute": "none", "scale": "maxabs"}, [[0], [0.25], [NAN], [0.75], [1]]),
    ({"impute": "zero", "scale": "quantile"}, [[0], [0.5], [0], [0.75], [1]]),
    ({"impute": "median", "scale": "normal"}, [[-5.1993], [-0.6745], [0], [0.6745], [5.1993]]),
    ({"bin": {"bins": 2, "strategy": "uniform"}}, [[0], [0], [1], [1], [1]]),
    (
        {"bin": {"bins": 2, "strategy": "uniform", "encode": "onehot"}},
        [[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]],
    ),
    ({"impute": "zero", "flag": True}, [[0, 0], [1, 0], [0, 1], [3, 0], [4, 0]]),
    ({"impute": "zero", "flag": "present"}, [[0, 1], [1, 1], [0, 0], [3, 1], [4, 1]]),
]


@pytest.mark.parametrize(("treatment", "features"), KNOWN, ids=[str(t) for t, _ in KNOWN])
def test_known_numbers_give_known_features(
    treatment: Treatment, features: list[list[float]]
) -> None:
    done, table = fit_column(["0", "1", "NA", "3", "4"], {"type": "number", **treatment})
    assert is_replayed(done)
    np.testing.assert_allclose(done.plan.apply(table), features, atol=5e-5)


def test_yeo_and_johnsons_power_makes_a_skewed_column_symmetric() -> None:
    cells = [str(math.expm1(x / 10)) for x in range(41)]
    done, table = fit_column(cells, {"type": "number", "scale": "power"})
    features = done.plan.apply(table)[:, 0].astype(float)
    assert is_replayed(done)
    assert abs(features.mean()) < 1e-6
    assert abs(features[0] + features[-1]) < 0.1
    assert features.std() == pytest.approx(1, abs=1e-6)


def test_a_signed_logarithm_has_a_value_for_every_number() -> None:
    done, table = fit_column(
        ["-3", "NA", "7"], {"type": "number", "impute": "none", "log1p": {"signed": True}}
    )
    expected = [[-math.log(4)], [NAN], [math.log(8)]]
    np.testing.assert_allclose(done.plan.apply(table), expected, rtol=1e-7)


def test_flags_are_named_after_their_column() -> None:
    treatment = {"type": "number", "impute": "zero", "flag": "present"}
    done, _ = fit_column(["1", "NA", "3"], treatment)
    assert done.recipe.features == ("x", "x_present")
    done, table = fit_column(["a", "NA", "a"], {"type": "category", "flag": True})
    assert done.recipe.features == ("x=(missing)", "x=a", "x_missing")
    assert done.plan.apply(table).tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


def test_a_missing_number_has_no_bin() -> None:
    treatment = {"type": "number", "impute": "none", "bin": 2}
    with pytest.raises(UserError, match="fitted to the training data: Input X contains NaN"):
        fit_column(["1", "NA", "3"], treatment)
    done, _ = fit_column(["1", "2", "3"], treatment)
    nothing = np.full((1, 0), None, dtype=object)
    with pytest.raises(BadData, match="a number that is put into bins is missing"):
        done.plan.apply(Table(np.array([[NAN]]), nothing))
    model = TransformModel(done.recipe, done.plan)
    assert model.predict(model.example()).numbers.tolist() == [[0.0]]


def test_what_scikit_learn_remarks_at_a_fit_does_not_end_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done, table = fit_column(["1", "1", "2"], {"type": "number", "bin": 5})
    assert done.plan.apply(table).shape == (3, 1)
