"""Letter case: kept and pointed out, or made one where the recipe asks for it."""

from __future__ import annotations

import json

import pytest

from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer import remarks
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records
from tandem.errors import BadData, UserError
from tests.preprocessor.fit.out_of_core.test_dataset import Dealt
from tests.preprocessor.fits import fit_rows

NAMES = ("Street", "price")
CELLS = ["Pave", "PAVE", "Grvl", "pave ", "NA", "grvl", "Dirt"]
ROWS = [(cell, ("Low", "LOW", "high")[place % 3]) for place, cell in enumerate(CELLS)]
LOWER = {"columns": '{"Street": "lower"}', "target_lower": "true"}


def test_texts_that_differ_only_in_case_are_named_with_the_line_that_makes_them_one() -> None:
    done, _ = fit_rows(NAMES, ROWS)
    assert done.plan.width == 7
    assert done.recipe.classes == ("LOW", "Low", "high")
    target, street = remarks.list_recipe_remarks(done.recipe)
    assert (target.column, target.sentence) == (
        "price",
        "has classes that differ only in letter case: 'LOW' and 'Low'. To make them one, set"
        " 'target_lower' to true",
    )
    assert (street.column, street.sentence) == (
        "Street",
        "has categories that differ only in letter case: 'Grvl' and 'grvl', 'PAVE', 'Pave' and"
        " 'pave'. To make them one, write in 'columns' {\"Street\": \"lower\"}",
    )


def test_the_proposed_lines_make_them_one_and_leave_no_remark() -> None:
    done, table = fit_rows(NAMES, ROWS, **LOWER)
    assert done.recipe.features == tuple(
        f"Street={c}" for c in ("(missing)", "dirt", "grvl", "pave")
    )
    assert done.recipe.classes == ("high", "low")
    assert done.recipe.columns[0].seen == ("dirt", "grvl", "pave")
    assert remarks.list_recipe_remarks(done.recipe) == []
    assert done.plan.apply(table).argmax(axis=1).tolist() == [3, 3, 2, 3, 0, 2, 1]


@pytest.mark.parametrize("unseen", ["other", "missing", "error"])
def test_a_new_spelling_is_not_an_unseen_category(unseen: str) -> None:
    done, _ = fit_rows(NAMES, ROWS, unseen=unseen, **LOWER)
    model = TransformModel(done.recipe, done.plan)
    answer = model.predict(model.schema.to_table(Records([(" pAVE", "lOW")], NAMES)))
    assert (answer.numbers.tolist(), answer.label.tolist()) == ([[0, 0, 0, 1]], [1])  # type: ignore[union-attr]
    assert answer.counts is None
    strange = Records([("Sand", "low")], NAMES)
    if unseen == "error":
        with pytest.raises(BadData, match="the category was not there in training"):
            model.schema.to_table(strange)
        return
    found = model.predict(model.schema.to_table(strange))
    assert found.counts is not None
    assert found.counts.sum_by_kind() == {"unseen": 1}


def test_treatments_of_one_column_may_differ_in_case() -> None:
    wish = json.dumps({"Street": [{"lower": True, "ordinal": True}, {"onehot": True}]})
    done, table = fit_rows(NAMES, [("b", "1"), ("B", "2"), ("a", "3")], columns=wish)
    assert done.plan.apply(table).tolist() == [[1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 0]]


def test_a_fit_in_parts_has_the_same_categories_and_classes() -> None:
    whole, _ = fit_rows(NAMES, ROWS, **LOWER)
    data = OutOfCoreDataset.from_engine(Dealt([ROWS[:3], ROWS[3:]], NAMES), frozenset({"", "NA"}))
    parted = data.fit(
        build_recipe(
            data, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price", **LOWER}))
        )
    )
    assert parted.recipe.to_json() == whole.recipe.to_json()
    assert parted.plan.to_json() == whole.plan.to_json()


def test_a_target_of_numbers_has_no_letter_case() -> None:
    with pytest.raises(UserError, match="'target_lower' is true, and 'price' is a number"):
        fit_rows(NAMES, [("a", "1"), ("b", "2")], target_lower="true")
