"""Interactions: products of numbers and crosses of categories, with scikit-learn's bits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.data.data_frame import build_frame
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe import definition
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import load_model
from preprocessor.transforms.estimators.interactions import Cross, Product
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records
from tandem.errors import UserError
from tests.preprocessor.fits import fit_rows, is_replayed, make_hostile_rows, reload_plan
from tests.preprocessor.training_jobs import make_houses, train_job

NAMES = ("a", "b", "zone", "street", "price")
ROWS = [
    ("1", "2", "RL", "Pave", "1"),
    ("3", "NA", "RM", "Pave", "2"),
    ("-5", "0.5", "RL", "NA", "3"),
]
TYPES = {"a": "number", "b": "number", "zone": "category", "street": "category"}
NUMBER = st.one_of(st.just("NA"), st.floats(-1e300, 1e300).map(repr))
TEXT = st.one_of(st.just("NA"), st.sampled_from(["A", "*", "\\", "A*", "é", "(missing)"]))


def together(
    rows: Sequence[tuple[str, ...]], interactions: Sequence[object], columns: object = None
) -> Any:
    return fit_rows(
        NAMES, rows, interactions=json.dumps(interactions), columns=json.dumps(columns or TYPES)
    )


def test_numbers_are_multiplied_and_categories_crossed() -> None:
    dropped = dict.fromkeys(TYPES, "drop")
    done, table = together(ROWS, [["a", "b"], ["zone", "street"]], dropped)
    assert is_replayed(done)
    assert done.recipe.features == (
        "a*b",
        "zone*street=RL*(missing)",
        "zone*street=RL*Pave",
        "zone*street=RM*Pave",
    )
    assert done.recipe.sources == (("a", "b"), *[("zone", "street")] * 3)
    assert done.plan.apply(table).tolist() == [[2, 0, 1, 0], [3.75, 0, 0, 1], [-2.5, 1, 0, 0]]


def test_what_was_put_together_goes_through_further_steps() -> None:
    wishes = [
        {"columns": ["a", "b"], "impute": "none", "log1p": {"signed": True}},
        {"columns": ["zone", "street"], "target_encode": {"smooth": 0, "folds": 2}},
    ]
    done, table = together(ROWS, wishes, dict.fromkeys(TYPES, "drop"))
    bare = done.plan.apply(table.__class__(table.numbers, table.texts))
    expected = [[np.log(3), 1], [np.nan, 2], [-np.log(3.5), 3]]
    np.testing.assert_allclose(bare, expected, rtol=1e-6)


@settings(max_examples=10)
@given(st.lists(st.tuples(NUMBER, NUMBER, TEXT, TEXT, st.just("1")), min_size=2, max_size=12))
def test_every_bit_is_kept(rows: list[tuple[str, ...]]) -> None:
    hashed = {"columns": ["street", "zone"], "hash": 5}
    rows = [("1", "2", "A", "B", "1"), *rows]
    done, training = together(rows, [["b", "a"], hashed, ["zone", "street"]])
    assert is_replayed(done)
    for table in (training, make_hostile_rows(done)):
        with np.errstate(all="ignore"):
            features = done.transformer.transform(build_frame(table, done.recipe.build_schema()))
            expected = features.astype(np.float32)
            actual = done.plan.apply(table)
        np.testing.assert_array_equal(actual, expected)


def test_two_rows_are_never_crossed_to_one_category() -> None:
    pairs = [("a*", "b"), ("a", "*b"), ("a\\", "*b"), ("a\\*", "b"), ("a", "b")]
    found = Cross().fit_transform(np.array(pairs, dtype=object))[:, 0]
    assert len(set(found)) == len(pairs)
    assert found[-1] == "a*b"


def test_the_recipe_keeps_them_and_an_artifact_serves_them(tmp_path: Path) -> None:
    wish = '[["Size", "Slope"], {"columns": ["Zone", "PoolQC"], "ordinal": true}]'
    paths = train_job(tmp_path, make_houses(), {"target": "SalePrice", "interactions": wish})
    model = load_model(paths.model)
    assert model.features[-2:] == ("Size*Slope", "Zone*PoolQC")
    again = definition.load_recipe(paths.model / definition.NAME)
    assert [each.columns for each in again.interactions] == [("Size", "Slope"), ("Zone", "PoolQC")]
    row = make_houses().iloc[:1].drop(columns="SalePrice")
    records = Records([tuple(row.iloc[0])], tuple(row.columns))
    numbers = model.predict(model.schema.to_table(records)).numbers
    size, slope = float(row["Size"].iloc[0]), float(row["Slope"].iloc[0])
    assert numbers[0, -2] == np.float32(size * slope)


def test_reloaded_they_give_the_same(tmp_path: Path) -> None:
    done, table = together(ROWS, [["a", "b"], ["zone", "street"]])
    assert reload_plan(done, tmp_path).apply(table).tobytes() == done.plan.apply(table).tobytes()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["a", "zone"], "'interactions.0' puts together columns of type category and number"),
        (["a"], "'interactions.0' must name two columns or more"),
        (["a", "b", "a"], "'interactions.0' must name two columns or more, each once"),
        ("a", "'interactions.0' must be a list of columns, or an object with 'columns'"),
        (["a", "bb"], "the column 'bb' is not in the header of the training data; did you mean"),
        ({"columns": ["a", "b"], "onehot": True}, "'interactions.0.onehot' is no step of type pro"),
    ],
)
def test_what_cannot_be_put_together_is_named(wish: object, words: str) -> None:
    with pytest.raises(UserError, match=words):
        together(ROWS, [wish])
    content = {"target": "price", "columns": TYPES, "interactions": [wish]}
    raw = ChannelRecords(NAMES, (Records(ROWS, NAMES),))
    with pytest.raises(UserError, match=r"recipe\.yaml") as refused:
        build_recipe(
            raw, merge_request(resolve_hyperparameters(SCHEMA, {}), content, "recipe.yaml")
        )
    assert words.removeprefix("hyperparameter ") in str(refused.value)


def test_they_are_estimators_like_any_other() -> None:
    numbers = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, np.nan]})
    found = clone(Product()).set_output(transform="pandas").fit_transform(numbers)
    assert list(found.columns) == ["a*b"]
    assert found["a*b"].iloc[0] == 3
    texts = pd.DataFrame({"a": ["x", "y"], "b": ["z", None]}, dtype=object)
    crosses = clone(Cross()).set_output(transform="pandas").fit_transform(texts)
    assert crosses["a*b"].iloc[0] == "x*z"
    assert crosses["a*b"].isna().tolist() == [False, True]
