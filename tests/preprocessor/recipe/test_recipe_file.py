"""A recipe's file: what it may hold, what wins over it, and how a mistake in it is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.hyperparameters import IMPUTE, SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe import json_schema
from preprocessor.recipe.definition import Recipe, load_recipe
from preprocessor.recipe.recipe_request import RecipeRequest, merge_request, read_request
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job
from tandem.data.tables import Records
from tandem.errors import UserError

NAMES = ("size", "rooms", "zone", "price")
ROWS = [("50", "2", "A", "1"), ("70.5", "NA", "B", "2"), ("NA", "4", "A", "3")]


def wish(folder: Path, text: str, name: str = "recipe.yaml", **given: str) -> RecipeRequest:
    (folder / name).write_text(text)
    channel = Channel("recipe", folder, "text/csv")
    job = Job(
        resolve_hyperparameters(SCHEMA, given), {"recipe": channel}, Paths(folder), stop=Stop()
    )
    return read_request(job)


def decided(wishes: RecipeRequest) -> Recipe:
    return build_recipe(ChannelRecords(NAMES, (Records(ROWS, NAMES),)), wishes)


def treatments(recipe: Recipe) -> Mapping[str, str]:
    return {column.name: column.treatment_text for column in recipe.columns}


YAML = """
target: price
impute: mean
columns:
  size: {impute: {strategy: constant, fill: 3}, scale: standard}
  rooms: [number, {impute: zero}]
  zone: ordinal
"""


def test_yaml_json_and_hyperparameters_say_the_same(tmp_path: Path) -> None:
    content = {
        "target": "price",
        "impute": "mean",
        "columns": {
            "size": {"impute": {"strategy": "constant", "fill": 3}, "scale": "standard"},
            "rooms": ["number", {"impute": "zero"}],
            "zone": "ordinal",
        },
    }
    given = {key: v if isinstance(v, str) else json.dumps(v) for key, v in content.items()}
    (tmp_path / "json").mkdir()
    recipes = [
        decided(wish(tmp_path, YAML)),
        decided(wish(tmp_path / "json", json.dumps(content), "recipe.json")),
        decided(merge_request(resolve_hyperparameters(SCHEMA, given))),
    ]
    assert [treatments(recipe) for recipe in recipes] == 3 * [
        {
            "size": "impute constant fill=3.0, scale standard",
            "rooms": "impute mean; impute zero",
            "zone": "missing own, ordinal",
        }
    ]


def test_a_hyperparameter_wins_over_the_file_column_by_column(tmp_path: Path) -> None:
    wishes = wish(tmp_path, YAML, impute="median", columns='{"zone": "drop"}')
    assert wishes.values[IMPUTE] == "median"
    assert treatments(decided(wishes)) == {
        "size": "impute constant fill=3.0, scale standard",
        "rooms": "impute median; impute zero",
        "zone": "left out",
    }


def test_the_recipe_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    recipe = decided(wish(tmp_path, YAML))
    (tmp_path / "written.json").write_bytes(recipe.to_json())
    assert load_recipe(tmp_path / "written.json") == recipe


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("targt: price", "recipe/recipe.yaml: 'targt' is no key of a recipe; did you mean 'target"),
        (
            "target: price\ncolumns: {size: {impute: {strategi: mean}}}",
            "recipe/recipe.yaml: 'columns.size.impute.strategi' is no option of step impute;"
            " did you mean 'strategy'?",
        ),
        (
            "target: price\ncolumns: {size: {impute: {strategy: constant, fill: big}}}",
            "recipe/recipe.yaml: 'columns.size.impute.fill' must be a number, and is 'big'.",
        ),
        (
            "target: price\ncolumns: {size: {type: nubmer}}",
            "recipe/recipe.yaml: 'columns.size.type.nubmer' is no type of column; did you mean",
        ),
        (
            "target: price\ncolumns: {size: {type: number, onehot: true}}",
            "recipe/recipe.yaml: 'columns.size.onehot' is no step of type number.",
        ),
        (
            "target: price\ncolumns: {size: [number, category]}",
            "recipe/recipe.yaml: 'columns.size' is asked to be of two types.",
        ),
        (
            "target: price\ncolumns: {syze: number}",
            "recipe/recipe.yaml: the column 'syze' is not in the header of the training data;",
        ),
        ("target: price\ntarget: size", "recipe/recipe.yaml, row 2: is not valid YAML: key"),
        ("a: [1", "recipe/recipe.yaml, row 1: is not valid YAML"),
        ("[1, 2]", "recipe/recipe.yaml: must hold an object: keys and values."),
        ("drop: []", "hyperparameter 'target' is required. Name the column to predict"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        decided(wish(tmp_path, text))
    assert str(caught.value).startswith(sentence)


def test_yaml_words_stay_words(tmp_path: Path) -> None:
    columns = "columns: {size: category, rooms: category}"  # NA does not mean missing here
    text = f"target: price\nmissing_values: [NO, off, 2020-01-01]\n{columns}"
    wishes = wish(tmp_path, text)
    assert decided(wishes).missing_values == ("NO", "off", "2020-01-01")


def test_the_published_schema_names_every_key_and_step() -> None:
    schema = json_schema.build_schema()
    assert set(schema["properties"]) == {parameter.name for parameter in SCHEMA}
    number = schema["$defs"]["type-number"]
    assert list(number["properties"])[:4] == ["type", "flag", "impute", "clip"]
    assert schema["$defs"]["step-impute"]["anyOf"][1]["enum"][:2] == ["median", "mean"]
