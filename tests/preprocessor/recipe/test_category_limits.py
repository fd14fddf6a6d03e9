"""Columns of many categories: left out, limited, or as wide as the recipe asks for."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer import remarks
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.infer.type_inference import infer_column
from preprocessor.recipe.recipe_request import merge_request
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.summaries.column_summary import count_cells
from tests.preprocessor.fit.out_of_core.test_dataset import Dealt, cut
from tests.preprocessor.fits import fit_rows
from tests.preprocessor.training_jobs import train_job

NONE = frozenset({""})
# 300 shops: shop i has 1 + i // 100 rows, so that 100 of them have a single one.
SHOPS = [f"s{shop:03}" for shop in range(300) for _ in range(1 + shop // 100)]
ROWS = [(cell, "1") for cell in SHOPS]


def test_a_column_of_nearly_unique_texts_is_left_out_and_the_log_says_how_to_keep_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = [f"guest {row}" for row in range(984)] + ["guest 7"]
    table = pd.DataFrame({"Name": names, "Age": np.arange(985) % 70, "y": np.arange(985) % 9})
    with caplog.at_level(logging.WARNING):
        folder = train_job(tmp_path, table, {"target": "y"}).output_data
    said = (
        "is left out: 984 different texts in 985 rows, like an identifier. To use it, write in"
        ' \'columns\' {"Name": "text"}, {"Name": "hash"} or {"Name": "onehot"}'
    )
    assert f"worth a look: column 'Name' {said}" in caplog.messages
    assert (folder / "report.html").read_text().count("984 different texts in 985 rows") == 2


@pytest.mark.parametrize(("wish", "features"), [("text", 975), ("hash", 32), ("onehot", 984)])
def test_each_line_that_the_log_proposes_keeps_the_column(wish: str, features: int) -> None:
    rows = [(f"guest {row}", "1") for row in range(984)] + [("guest 7", "1")]
    done, _ = fit_rows(("Name", "price"), rows, columns=json.dumps({"Name": wish}))
    assert done.plan.width == features


@pytest.mark.parametrize(("different", "kind"), [(90, "identifier"), (89, "category")])
def test_nine_different_texts_in_ten_rows_make_an_identifier(different: int, kind: str) -> None:
    cells = [f"c{min(row, different - 1)}" for row in range(100)]
    done, _ = fit_rows(("Code", "n", "price"), [(c, str(i), "1") for i, c in enumerate(cells)])
    assert done.recipe.columns[0].type == kind


def test_codes_with_leading_zeros_are_an_identifier_for_the_reason_that_is_true() -> None:
    cells = [f"{min(row, 94):05}" for row in range(100)]
    done, _ = fit_rows(("Zip", "n", "price"), [(c, str(i), "1") for i, c in enumerate(cells)])
    (zip_code, _) = done.recipe.columns
    assert (zip_code.type, zip_code.reason) == ("identifier", "95 different texts in 100 rows")
    assert remarks.list_recipe_remarks(done.recipe)[0].sentence.startswith(
        "is left out: 95 different texts"
    )


def test_where_not_every_text_is_known_the_count_is_about_right_and_below_the_rows() -> None:
    cells = [f"guest {row}" for row in range(70_000)]
    repeated = count_cells(cells + cells[:1000] * 3, NONE)
    found = infer_column("Name", repeated)
    assert found.type == "identifier"
    assert found.reason == f"about {repeated.distinct:,} different texts in 73,000 rows"
    assert repeated.distinct == pytest.approx(70_000, rel=0.1)
    assert repeated.distinct < 73_000


def test_missing_values_do_not_make_an_identifier_of_a_category() -> None:
    cells = [f"c{row}" for row in range(50)] + ["NA"] * 50
    done, _ = fit_rows(("Cabin", "price"), [(cell, "1") for cell in cells])
    assert done.recipe.columns[0].type == "category"


def test_a_wide_column_has_two_hundred_features_and_its_single_rows_share_one() -> None:
    done, table = fit_rows(("Shop", "price"), ROWS)
    assert done.recipe.features == (*(f"Shop=s{n}" for n in range(101, 300)), "Shop=(other)")
    counts = done.plan.apply(table).sum(axis=0).tolist()
    assert counts == [2] * 99 + [3] * 100 + [100 + 2]
    (remark,) = remarks.list_recipe_remarks(done.recipe)
    assert (remark.column, remark.sentence.partition(":")[0]) == ("Shop", "has 300 categories")
    line = '{"Shop": {"onehot": {"absent": "missing"}}}'
    assert f"'columns' {line} (a feature for each, in sparse rows)" in remark.sentence
    done, _ = fit_rows(("Shop", "price"), ROWS, columns=line)
    assert (done.plan.width, done.plan.sparse) == (300, True)


def test_a_column_that_asks_for_onehot_itself_has_a_feature_for_each_category() -> None:
    done, _ = fit_rows(("Shop", "price"), ROWS, columns='{"Shop": "onehot"}')
    assert done.plan.width == 300
    assert remarks.list_recipe_remarks(done.recipe) == []


def test_the_limit_of_the_job_holds_for_every_column_that_does_not_say_otherwise() -> None:
    few = {"max_categories": "10", "columns": '{"Shop": {"missing": false}}'}
    done, _ = fit_rows(("Shop", "price"), ROWS, **few)
    assert done.plan.width == 10
    done, _ = fit_rows(("Shop", "price"), ROWS, max_categories="300")
    assert (done.plan.width, remarks.list_recipe_remarks(done.recipe)) == (300, [])
    done, _ = fit_rows(("Shop", "price"), ROWS, encode="ordinal")
    assert (done.plan.width, remarks.list_recipe_remarks(done.recipe)) == (1, [])


def test_crossed_columns_are_limited_too() -> None:
    rows = [(f"a{n % 20}", f"b{n // 20}", "1") for n in range(400)]
    cross = {"interactions": '[["x", "z"]]', "drop": "x,z"}
    done, _ = fit_rows(("x", "z", "price"), rows, **cross)
    assert done.plan.width == 200
    done, _ = fit_rows(("x", "z", "price"), rows, max_categories="500", **cross)
    assert done.plan.width == 400


def test_a_fit_in_parts_decides_and_groups_the_same() -> None:
    rows = [(cell, str(place % 7)) for place, cell in enumerate(SHOPS)]
    whole, _ = fit_rows(("x", "price"), rows)
    data = OutOfCoreDataset.from_engine(Dealt(cut(rows, 3)), frozenset({"", "NA"}))
    parted = data.fit(
        build_recipe(data, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"})))
    )
    assert parted.recipe.to_json() == whole.recipe.to_json()
    assert parted.plan.to_json() == whole.plan.to_json()
    assert parted.plan.width == 200
