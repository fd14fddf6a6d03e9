"""The target becomes labels a booster can learn, or is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from preprocessor import serving
from preprocessor.recipe import definition
from tandem.contract.settings import Settings
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService
from tests.preprocessor.training_jobs import make_houses, train_job


def labels(model_dir: Path, table: pd.DataFrame) -> list[float]:
    service = ModelService(serving.load_model(model_dir), Settings())
    body = service.invoke("text/csv", "text/csv", table.to_csv(index=False).encode()).body
    return [float(line.split(b",")[0]) for line in body.splitlines()]


def test_prices_are_learnt_on_the_scale_that_is_asked_for(tmp_path: Path) -> None:
    prices = make_houses()["SalePrice"].astype(float)
    for scale, expected in (
        ("none", prices),
        ("log1p", np.log1p(prices)),
        ("standard", (prices - prices.mean()) / prices.std(ddof=0)),
    ):
        asked = {"target": "SalePrice", "target_scale": scale}
        model = train_job(tmp_path / scale, make_houses(), asked).model
        assert labels(model, make_houses()) == pytest.approx(expected.tolist(), rel=1e-12)


def test_class_numbers_follow_the_names_and_numbers_by_their_size(tmp_path: Path) -> None:
    table = make_houses()
    table["Cover"] = np.resize(["10", "2", "7"], len(table))
    model = train_job(tmp_path, table, {"target": "Cover", "target_type": "class"}).model
    assert definition.load_recipe(model / definition.NAME).classes == ("2", "7", "10")
    assert labels(model, table)[:3] == [2, 0, 1]


@pytest.mark.parametrize("scale", ["none", "log1p", "standard"])
def test_a_target_in_a_format_is_a_number(scale: str, tmp_path: Path) -> None:
    table = make_houses()
    asked = {"target": "SalePrice", "target_scale": scale}
    plain = labels(train_job(tmp_path / "plain", table, asked).model, table)
    table["SalePrice"] = [f"${int(price):,}" for price in table["SalePrice"]]
    model = train_job(tmp_path / "dollars", table, asked).model
    assert labels(model, table) == plain
    number = asked | {"target_type": "number"}
    assert labels(train_job(tmp_path / "number", table, number).model, table) == plain
    if scale == "log1p":
        table.loc[3, "SalePrice"] = "($2)"
        with pytest.raises(BadData, match=r"row 5, column 'SalePrice': the target's scale"):
            train_job(tmp_path / "bad", table, asked)


def test_a_target_in_a_format_may_have_classes(tmp_path: Path) -> None:
    table = make_houses()
    table["Fee"] = np.resize(["$10", "$7"], len(table))
    model = train_job(tmp_path, table, {"target": "Fee", "target_type": "class"}).model
    assert definition.load_recipe(model / definition.NAME).classes == ("$10", "$7")
    assert labels(model, table)[:2] == [0, 1]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"target": "Size"}, "target 'Size': number from 50 to 299; missing in 0 of 60 rows"),
        (
            {"target": "LotFrontage", "missing_target": "keep"},
            "from 22.7 to 103.8; missing in 9 of 60 rows",
        ),
        ({"target": "Zone"}, "target 'Zone': 3 classes (C (all), RL and RM); missing in 0 of 60"),
        ({"target": "Agent"}, "target 'Agent': 60 classes; missing in 0 of 60 rows"),
    ],
)
def test_the_log_says_what_the_target_is(
    asked: dict[str, str], line: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    train_job(tmp_path, make_houses(), asked)
    assert line in caplog.text
    assert ("rows without target 'LotFrontage': 9. The" in caplog.text) == ("9 of 60" in line)
    assert "missing is the empty cell or 'NA' (hyperparameter missing_values)" in caplog.text


def test_a_target_of_codes_with_leading_zeros_has_classes(tmp_path: Path) -> None:
    table = make_houses()
    table["Cover"] = np.resize(["010", "002", "7"], len(table))
    model = train_job(tmp_path / "auto", table, {"target": "Cover"}).model
    assert definition.load_recipe(model / definition.NAME).classes == ("002", "010", "7")
    assert labels(model, table)[:3] == [1, 0, 2]
    model = train_job(
        tmp_path / "number", table, {"target": "Cover", "target_type": "number"}
    ).model
    assert labels(model, table)[:3] == [10, 2, 7]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": "Zone", "target_scale": "log1p"}, "is 'log1p', and 'Zone' has 3 classes"),
        ({"target": "Zone", "threshold": "0.7"}, "needs two classes, and 'Zone' has 3 classes"),
        ({"target": "Zone", "top_k": "4"}, "'top_k' is 4, and 'Zone' has 3 classes"),
        ({"target": "SalePrice", "top_k": "2"}, "'top_k' is 2, and 'SalePrice' is a number"),
        ({"target": "SalePrice", "threshold": "0.4"}, "needs two classes, and 'SalePrice' is a"),
        (
            {"target": "LotFrontage", "missing_values": "none"},
            r"row 2, column 'LotFrontage': a word stands among numbers \(51 of 60 values of the"
            r" target are numbers\). Mend .* or set 'target_type' to 'class'",
        ),
        ({"target": "Zone", "target_type": "number"}, "a number is expected, and the value is a"),
    ],
)
def test_what_does_not_fit_the_target_is_refused(
    asked: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=words):
        train_job(tmp_path, make_houses(), asked)


def test_a_value_without_a_logarithm_is_named_in_training_and_in_serving(tmp_path: Path) -> None:
    asked = {"target": "Slope", "target_scale": "log1p"}
    table = make_houses()
    table["Slope"] = "0.5"
    model = train_job(tmp_path / "good", table, asked).model
    table.loc[4, "Slope"] = "-1"
    with pytest.raises(
        BadData, match=r"data\.csv, row 6, column 'Slope': the target's scale 'log1p'"
    ):
        train_job(tmp_path / "bad", table, asked)
    with pytest.raises(BadData, match=r"row 5, column 'Slope': .* needs values above -1"):
        labels(model, table)


def test_a_label_can_be_left_out_for_the_next_container(tmp_path: Path) -> None:
    model = serving.load_model(train_job(tmp_path, make_houses(), {"target": "SalePrice"}).model)
    body = make_houses().to_csv(index=False).encode()
    bare = make_houses().drop(columns="SalePrice").to_csv(index=False).encode()
    kept = ModelService(model, Settings()).invoke("text/csv", None, body).body
    dropped = ModelService(model, Settings(label="drop")).invoke("text/csv", None, body).body
    assert kept != dropped
    assert dropped == ModelService(model, Settings()).invoke("text/csv", None, bare).body
