"""A column of weights: no feature, given to the steps that take it, answered behind the label."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan.fitted_transform import Plan
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel, load_model
from tandem import codecs
from tandem.codecs.training_channel import read_labelled_rows
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.training_job import Channel
from tandem.data.tables import Records
from tandem.errors import BadData, UserError
from tests.preprocessor.fit.out_of_core.test_dataset import Dealt
from tests.preprocessor.fits import fit_rows, is_replayed, make_hostile_rows, reload_plan
from tests.preprocessor.training_jobs import make_houses, train_job

NAMES = ("w", "a", "zone", "price")
ROWS = [("3", "1", "A", "10"), ("1", "5", "B", "20"), ("0", "99", "A", "30")]


def test_a_weight_is_no_feature_and_the_steps_are_fitted_with_it(tmp_path: Path) -> None:
    columns = json.dumps({"a": {"type": "number", "scale": "standard"}, "zone": "target_encode"})
    rows = [*ROWS, *[("0", str(i), "C", "7") for i in range(10)]]
    done, table = fit_rows(NAMES, rows, weight="w", columns=columns)
    assert is_replayed(done)
    assert done.recipe.features == ("a", "zone")
    numbers = done.plan.apply(table)[:, 0]
    np.testing.assert_allclose(numbers[:2], [(1 - 2) / 3**0.5, (5 - 2) / 3**0.5], rtol=1e-6)
    plan = reload_plan(done, tmp_path)
    assert isinstance(plan, Plan)
    assert (
        plan.apply(make_hostile_rows(done)).tobytes()
        == done.plan.apply(make_hostile_rows(done)).tobytes()
    )


def test_bins_hold_equal_weights() -> None:
    treatment = {"type": "number", "bin": {"bins": 2}}
    rows = [("3", "1", "A", "1"), *[("1", str(i), "B", "1") for i in (2, 3, 4)]]
    done, table = fit_rows(NAMES, rows, weight="w", columns=json.dumps({"a": treatment}))
    assert done.plan.apply(table)[:, 0].tolist() == [0, 1, 1, 1]
    uniform = {"type": "number", "bin": {"bins": 2, "strategy": "uniform"}}
    done, table = fit_rows(NAMES, rows, weight="w", columns=json.dumps({"a": uniform}))
    assert done.plan.apply(table)[:, 0].tolist() == [0, 0, 1, 1]


def test_rows_in_parts_are_weighted_the_same() -> None:
    columns = json.dumps({"a": {"type": "number", "scale": "standard"}, "zone": "category"})
    done, table = fit_rows(NAMES, ROWS, weight="w", columns=columns)
    dealt = Dealt([])
    dealt.parts = [Records(ROWS[:1], NAMES), Records(ROWS[1:], NAMES)]
    data = OutOfCoreDataset.from_engine(dealt, frozenset({"", "NA"}))
    values = resolve_hyperparameters(SCHEMA, {"target": "price", "weight": "w", "columns": columns})
    parted = data.fit(build_recipe(data, merge_request(values)))
    assert parted.recipe == done.recipe
    assert parted.plan.apply(table).tobytes() == done.plan.apply(table).tobytes()


@pytest.mark.parametrize("media", ["text/csv", "application/x-parquet", "application/x-npy"])
def test_xgboost_reads_it_behind_the_label(tmp_path: Path, media: str) -> None:
    table = make_houses()
    table.insert(3, "Weight", [str(1 + n / 8) for n in range(len(table))])
    paths = train_job(tmp_path, table, {"target": "SalePrice", "weight": "Weight"})
    model = load_model(paths.model)
    assert "Weight" not in model.features
    records = Records([tuple(row) for row in table.itertuples(index=False)], tuple(table.columns))
    answer = model.predict(model.schema.to_table(records))
    assert answer.names == ("SalePrice", "Weight", *model.features)
    folder = tmp_path / "features"
    folder.mkdir()
    (folder / "data").write_bytes(codecs.find_encoder(media, media)[0].encode(answer))
    (found,) = read_labelled_rows(Channel("train", folder, media), weights=True)
    assert found.weight is not None
    assert found.weight.tolist() == [1 + n / 8 for n in range(len(table))]
    assert found.label.tolist() == table["SalePrice"].astype(float).tolist()
    assert found.features.shape == (len(table), len(model.features))


def test_a_row_without_names_may_leave_label_and_weight_out() -> None:
    done, table = fit_rows(NAMES, ROWS, weight="w", columns='{"a": "number", "zone": "category"}')
    model = TransformModel(done.recipe, done.plan)
    expected = done.plan.apply(replace(table, label=None)).tolist()
    for cut in (ROWS, [row[:3] for row in ROWS], [row[1:3] for row in ROWS]):
        rows = model.schema.resolve_names(Records(cut))
        answer = model.predict(model.schema.to_table(rows))
        label = len(cut[0]) == len(NAMES)
        assert answer.numbers[:, label:].tolist() == expected
        assert (answer.label is not None) is label
    with pytest.raises(BadData, match="a row has 1 columns, and 2, 3 with 'w' or 4 with 'price' a"):
        model.schema.resolve_names(Records([("1",)]))


def test_a_label_comes_with_a_weight_that_is_one() -> None:
    done, table = fit_rows(NAMES, ROWS, weight="w")
    model = TransformModel(done.recipe, done.plan)
    with pytest.raises(BadData, match="column 'w': there is a label and no weight 'w'"):
        model.predict(replace(table, weight=None))
    for value, what in ((-1.0, "negative"), (np.nan, "missing")):
        weight = np.array([1.0, value, 1.0])
        with pytest.raises(BadData, match=f"row 2, column 'w': the weight is {what}"):
            model.predict(replace(table, weight=weight))
    answer = model.predict(replace(table, label=None, weight=None))
    assert answer.names == done.recipe.features


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("NA", "row 2, column 'w': the weight is missing"),
        ("-1", "row 2, column 'w': the weight is negative"),
        ("heavy", "row 2, column 'w': a number is expected, and the value is a word"),
    ],
)
def test_what_is_no_weight_ends_the_fit(cell: str, words: str) -> None:
    with pytest.raises(BadData, match=words):
        fit_rows(NAMES, [ROWS[0], (cell, *ROWS[1][1:]), ROWS[2]], weight="w")


def test_the_weight_is_a_column_of_its_own() -> None:
    with pytest.raises(UserError, match="the weight 'ww' is not in the header"):
        fit_rows(NAMES, ROWS, weight="ww")
    with pytest.raises(UserError, match="'price' is asked to be the target and the weight"):
        fit_rows(NAMES, ROWS, weight="price")
