"""The output `explanation`: XGBoost's own contributions, and Shapley values by their definition."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from booster.serving import BoosterModel
from tandem.contract.settings import Settings
from tandem.data.feature_sources import index_columns
from tandem.data.tables import Table
from tandem.serving.model_service import ModelService

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(120, 4)).astype(np.float32)
ROWS[::9, 1] = np.nan
SIZES = np.abs(ROWS[:, 0]) + 0.1
KINDS = (ROWS[:, 0] > 0).astype(int) + (ROWS[:, 2] > 0.5).astype(int)
SOURCES = index_columns([["zone"], ["zone"], ["area"], ["area", "zone"]])


def fit(objective: str, label: np.ndarray, **more: object) -> xgb.Booster:
    settings: dict[str, Any] = {"objective": objective, "max_depth": 3, "nthread": 1, **more}
    return xgb.train(settings, xgb.DMatrix(ROWS, label), 9)


TRAINED: Mapping[str, tuple[str, np.ndarray, Mapping[str, object]]] = {
    "score": ("reg:squarederror", ROWS[:, 0], {}),
    "log(score)": ("reg:gamma", SIZES, {}),
    "log-odds": ("binary:logistic", KINDS > 0, {}),
    "margin": ("multi:softprob", KINDS, {"num_class": 3}),
    "quantiles": ("reg:quantileerror", ROWS[:, 0], {"quantile_alpha": [0.1, 0.9]}),
}


@pytest.fixture(scope="module")
def boosters() -> Mapping[str, xgb.Booster]:
    return {
        name: fit(objective, label, **more) for name, (objective, label, more) in TRAINED.items()
    }


def explain(booster: xgb.Booster, **of_table: Any) -> dict[str, Any]:
    table = Table(ROWS.astype(np.float64), **of_table)
    parts = BoosterModel(booster).select(table, ["explanation"]).outputs
    return {part.name: part for part in parts}


@pytest.mark.parametrize("name", TRAINED)
def test_attributions_are_the_bits_of_pred_contribs(
    boosters: Mapping[str, xgb.Booster], name: str
) -> None:
    found = explain(boosters[name])
    expected = boosters[name].predict(xgb.DMatrix(ROWS), pred_contribs=True)
    assert (found["attributions"].values.astype(np.float32) == expected[..., :-1]).all()
    assert (found["base_value"].values.astype(np.float32) == expected[..., -1]).all()
    unit = "margin" if name == "quantiles" else name
    assert set(found["attribution_unit"].values) == {unit}


@pytest.mark.parametrize("name", TRAINED)
def test_raw_columns_and_base_add_up_to_the_margin(
    boosters: Mapping[str, xgb.Booster], name: str
) -> None:
    found = explain(boosters[name], sources=SOURCES)
    assert found["attributions"].titles == ("zone", "area")
    total = found["attributions"].values.sum(axis=-1) + found["base_value"].values
    margin = boosters[name].predict(xgb.DMatrix(ROWS), output_margin=True)
    np.testing.assert_allclose(total, margin.reshape(total.shape), atol=2e-5)


def test_attributions_are_the_shapley_values_of_a_small_tree() -> None:
    booster = fit("reg:squarederror", ROWS[:, 0] * ROWS[:, 2], num_parallel_tree=1)[:1]
    found = explain(booster)["attributions"].values
    trees = [json.loads(text) for text in booster.get_dump(dump_format="json", with_stats=True)]

    def value(row: np.ndarray, known: frozenset[int]) -> float:
        return math.fsum(expect(tree, row, known) for tree in trees)

    for index in range(0, 40, 7):
        row = ROWS[index]
        expected = [attribute(lambda known, row=row: value(row, known), f) for f in range(4)]
        np.testing.assert_allclose(found[index], expected, atol=1e-5)


def expect(node: dict[str, Any], row: np.ndarray, known: frozenset[int]) -> float:
    """Return the mean leaf of a tree where the features that are not known follow the cover."""
    if "leaf" in node:
        return float(node["leaf"])
    children = {child["nodeid"]: child for child in node["children"]}
    feature = int(node["split"].removeprefix("f"))
    if feature in known:
        cell = row[feature]
        side = "missing" if np.isnan(cell) else "yes" if cell < node["split_condition"] else "no"
        return expect(children[node[side]], row, known)
    cover = sum(child["cover"] for child in children.values())
    return math.fsum(c["cover"] / cover * expect(c, row, known) for c in children.values())


def attribute(value: Any, feature: int) -> float:
    """Return a feature's Shapley value of four, by the definition."""
    others = [each for each in range(4) if each != feature]
    return math.fsum(
        math.factorial(size)
        * math.factorial(3 - size)
        / math.factorial(4)
        * (value(frozenset({*chosen, feature})) - value(frozenset(chosen)))
        for size in range(4)
        for chosen in itertools.combinations(others, size)
    )


def test_an_answer_names_the_columns_in_every_format(boosters: Mapping[str, xgb.Booster]) -> None:
    service = ModelService(BoosterModel(boosters["margin"]), Settings())
    media_type = f"text/csv; output=explanation; {SOURCES.to_parameters()}"
    answer = service.invoke(media_type, None, b"0.5,1,2,3\n")
    assert answer.content_type == "application/json"
    (row,) = json.loads(answer.body)["predictions"]
    assert list(row) == ["score", "attributions", "base_value", "attribution_unit"]
    assert [list(each) for each in row["attributions"]] == [["zone", "area"]] * 3
    header = service.invoke(media_type, "text/csv; header=present", b"0.5,1,2,3\n").body
    titles = header.decode().splitlines()[0].split(",")
    assert titles[:4] == ["score_0", "score_1", "score_2", "attributions_0_zone"]
    assert titles[-4:] == ["base_value_0", "base_value_1", "base_value_2", "attribution_unit"]
