"""The examples of docs/recipe.md are run, and give what a reader can check by hand."""

from __future__ import annotations

import pytest

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.recipe_fit import fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe import yaml_loader
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.transforms.steps import STEPS
from scripts.docs.recipe_page import EXAMPLES, build_page, render_example
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records

FEATURES = {
    "flag": [["3", "3", "0"], ["NA", "0", "1"], ["5", "5", "0"]],
    "impute": [["60", "60"], ["NA", "70"], ["80", "80"]],
    "clip": [["-5", "0"], ["10", "10"], ["20", "20"], ["30", "30"], ["900", "30"]],
    "log1p": [["0", "0"], ["99", "4.6052"], ["9999", "9.2103"]],
    "scale": [["1", "-1"], ["2", "-0.5"], ["3", "0"], ["4", "0.5"], ["90", "43.5"]],
    "bin": [["1", "1", "0"], ["20", "1", "0"], ["60", "0", "1"], ["99", "0", "1"]],
    "lower": [
        ["Pave", "0", "0", "1"],
        ["PAVE", "0", "0", "1"],
        ["Grvl", "0", "1", "0"],
        ["NA", "1", "0", "0"],
    ],
    "missing": [["RL", "1", "0"], ["RM", "0", "1"], ["NA", "1", "0"], ["RL", "1", "0"]],
    "rare": [["RL", "2"], ["RL", "2"], ["RM", "1"], ["FV", "1"], ["NA", "0"], ["NA", "0"]],
    "onehot": [
        ["RL", "0", "1", "0"],
        ["RL", "0", "1", "0"],
        ["RM", "0", "0", "1"],
        ["FV", "0", "0", "1"],
        ["NA", "1", "0", "0"],
        ["NA", "1", "0", "0"],
    ],
    "ordinal": [["Gd", "2"], ["Ex", "1"], ["NA", "0"], ["Gd", "2"]],
    "ordinal_by_target": [
        ["Gd", "200", "1"],
        ["Ex", "300", "2"],
        ["Fa", "90", "0"],
        ["Ex", "310", "2"],
    ],
    "hash": [
        ["RL", "1", "0", "0"],
        ["RM", "0", "0", "-1"],
        ["FV", "0", "0", "1"],
        ["RL", "1", "0", "0"],
    ],
    "product": [
        ["3", "4", "3", "4", "12"],
        ["2", "NA", "2", "2.25", "4.5"],
        ["10", "0.5", "10", "0.5", "5"],
    ],
    "cross": [
        ["RL", "Pave", "0", "1"],
        ["RM", "Pave", "1", "0"],
        ["RL", "Pave", "0", "1"],
        ["RL", "NA", "1", "0"],
    ],
    "truth": [
        ["Y", "1"],
        ["no", "0"],
        ["TRUE", "1"],
        ["0", "0"],
        ["perhaps", "nan"],
        ["NA", "nan"],
    ],
    "target_encode": [
        ["RL", "200", "193.33"],
        ["RL", "220", "193.33"],
        ["RM", "90", "125"],
        ["FV", "130", "145"],
    ],
    "transformer": [["7", "0"], ["18", "0"], ["40", "1"]],
    "parse": [
        ["2024-07-31T23:30:00Z", "1", "1", "30"],
        ["31 Jul 2024 23:30", "31", "23", "30"],
        ["2024-02-30", "nan", "nan", "nan"],
        ["NA", "nan", "nan", "nan"],
    ],
    "parts": [
        ["2024-01-31", "2024", "5", "2"],
        ["2024-12-30", "2024", "1", "0"],
        ["NA", "nan", "nan", "nan"],
    ],
    "cycles": [
        ["01/01/2024", "0", "1"],
        ["01/04/2024", "1", "6.1232e-17"],
        ["31/12/2024", "-0.5", "0.86603"],
    ],
    "since": [["2024-01-31", "30"], ["2024-02-01 12:00", "31.5"], ["2023-12-31", "-1"]],
    "clean": [["The cat sat!", "1", "nan", "1"], ["A cat & 2 dogs", "1", "1", "nan"]],
    "tfidf": [["cat sat", "1", "0"], ["cat dog dog", "0.44721", "0.89443"], ["dog", "0", "1"]],
    "hash_terms": [
        ["cat", "nan", "nan", "nan", "1"],
        ["cat and dog", "nan", "-2", "nan", "1"],
        ["NA", "nan", "nan", "nan", "nan"],
    ],
}


@pytest.mark.parametrize("step", STEPS)
def test_the_example_of_a_step_gives_these_features(step: str) -> None:
    _, rows = render_example(*EXAMPLES[step])
    assert rows == FEATURES[step]


def test_features_carry_their_names() -> None:
    names, _ = render_example(*EXAMPLES["onehot"])
    assert names == ["Zone, raw", "`Zone=(missing)`", "`Zone=RL`", "`Zone=(other)`"]


def test_the_recipe_at_the_head_of_the_page_fits_and_gives_these_features() -> None:
    recipe = build_page().split("```yaml\n")[1].split("```")[0]
    names = ("Id", "MSSubClass", "Quality", "LotArea", "GarageYrBlt", "SalePrice")
    rows = [(str(i), ("20", "60")[i % 2], "Gd", str(i), str(1990 + i), "1") for i in range(40)]
    records = Records(rows, names)
    decided = build_recipe(
        ChannelRecords(names, (records,)),
        merge_request(resolve_hyperparameters(SCHEMA, {}), yaml_loader.load_yaml(recipe.encode())),
    )
    done = fit_recipe(decided, decided.build_schema().to_table(records))
    assert done.recipe.features == (
        "LotArea",
        "GarageYrBlt",
        *(f"GarageYrBlt_{number}.0" for number in range(5)),
        "MSSubClass=20",
        "MSSubClass=60",
        "Quality",
    )
