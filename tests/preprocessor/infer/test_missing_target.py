"""Rows without a target are refused with their number, left out of the fit, or kept in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from preprocessor.describe import report
from preprocessor.plan import fitted_transform
from preprocessor.recipe import definition
from tandem.errors import BadData
from tests.preprocessor.training_jobs import make_houses, train_job

ENCODED = '{"Zone": "target_encode"}'
PARTS = pytest.mark.parametrize("in_parts", ["false", "true"])


def gaps(cells: list[str], every: int = 7) -> pd.DataFrame:
    """Give houses of which every seventh has one of these cells in place of its price."""
    table = make_houses()
    places = range(3, len(table), every)
    table.loc[places, "SalePrice"] = np.resize(cells, len(places))
    return table


@PARTS
@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["", "NA"], {}),
        (["nan", " ", " NA "], {"strip_blanks": "false"}),
        (["-999", "-999.0", "?"], {"missing_values": "-999,?"}),
    ],
)
def test_rows_without_a_number_are_refused_with_their_count(
    cells: list[str], asked: dict[str, str], in_parts: str, tmp_path: Path
) -> None:
    asked = {"target": "SalePrice", "fit_in_parts": in_parts, **asked}
    with pytest.raises(BadData) as refused:
        train_job(tmp_path, gaps(cells), asked)
    assert refused.value.exit_code == 1
    assert str(refused.value) == (
        "train/data.csv, row 5, column 'SalePrice': 9 of 60 rows have no target, and this is the"
        " first. Give them one, set hyperparameter 'missing_target' to 'leave_out' to fit to the"
        " other rows, or 'target' to '-' to fit without a target."
    )


@PARTS
def test_rows_without_a_class_are_refused_with_their_count(in_parts: str, tmp_path: Path) -> None:
    table = make_houses()
    table.loc[[4, 5, 30], "Zone"] = ["", " NA ", "none"]
    asked = {"target": "Zone", "missing_values": "NA,none", "fit_in_parts": in_parts}
    words = "row 6, column 'Zone': 3 of 60 rows have no target"
    with pytest.raises(BadData, match=words):
        train_job(tmp_path / "stripped", table, asked)
    words = "row 6, column 'Zone': 2 of 60 rows have no target"
    with pytest.raises(BadData, match=words):
        train_job(tmp_path / "unstripped", table, asked | {"strip_blanks": "false"})
    asked |= {"strip_blanks": "false", "missing_target": "leave_out"}
    done = definition.load_recipe(
        train_job(tmp_path / "left", table, asked).model / definition.NAME
    )
    assert (done.rows, done.left_out, " NA " in (done.classes or ())) == (58, 2, True)


@PARTS
@pytest.mark.parametrize("asked", [{}, {"columns": ENCODED}], ids=["plain", "supervised"])
def test_what_is_left_out_might_never_have_been_there(
    asked: dict[str, str], in_parts: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = gaps(["NA", ""])
    table.loc[3, "Size"] = "twelve"  # a mistake in a row that is not fitted
    asked = {"target": "SalePrice", "fit_in_parts": in_parts, **asked}
    left = train_job(tmp_path / "left", table, asked | {"missing_target": "leave_out"})
    rest = train_job(tmp_path / "rest", table[~table["SalePrice"].isin(["NA", ""])], asked)
    found, expected = (
        definition.load_recipe(left.model / definition.NAME),
        definition.load_recipe(rest.model / definition.NAME),
    )
    assert (found.rows, found.left_out, expected.left_out) == (51, 9, 0)
    assert found.columns == expected.columns
    assert (left.model / fitted_transform.NAME).read_bytes() == (
        rest.model / fitted_transform.NAME
    ).read_bytes()
    assert "rows without target 'SalePrice': 9 of 60, left out" in caplog.text
    words = "9 rows without a target were left out of the fit"
    pages = [(folder.output_data / report.NAME).read_text() for folder in (left, rest)]
    assert [words in page for page in pages] == [True, False]


@PARTS
def test_a_mistake_keeps_its_row_where_others_are_left_out(in_parts: str, tmp_path: Path) -> None:
    table = gaps(["NA"])
    table.loc[40, "Size"] = "wide"
    asked = {"target": "SalePrice", "missing_target": "leave_out", "fit_in_parts": in_parts}
    for name, more in (("inferred", {}), ("asked", {"columns": '{"Size": "number"}'})):
        with pytest.raises(BadData, match=r"train/data\.csv, row 42, column 'Size'"):
            train_job(tmp_path / name, table, asked | more)


def test_numbers_in_a_format_are_missing_as_others_are(tmp_path: Path) -> None:
    table = gaps(["NA", "n/a"])
    priced = ~table["SalePrice"].isin(["NA", "n/a"])
    table.loc[priced, "SalePrice"] = [f"${int(price):,}" for price in table["SalePrice"][priced]]
    asked = {"target": "SalePrice", "missing_values": "NA,n/a", "missing_target": "leave_out"}
    done = definition.load_recipe(train_job(tmp_path, table, asked).model / definition.NAME)
    assert (done.rows, done.left_out, str(done.target_format)) == (51, 9, "$1,234.5")


def test_a_target_that_no_row_has_is_the_wrong_column(tmp_path: Path) -> None:
    words = "row 2, column 'Ghost': 60 of 60 rows have no target.* Is it the right column?"
    for wish in ("refuse", "leave_out"):
        asked = {"target": "Ghost", "target_scale": "standard", "missing_target": wish}
        with pytest.raises(BadData, match=words):
            train_job(tmp_path / wish, make_houses(), asked)


def test_rows_that_are_kept_are_fitted_too(tmp_path: Path) -> None:
    model = train_job(
        tmp_path, gaps(["NA"]), {"target": "SalePrice", "missing_target": "keep"}
    ).model
    kept = json.loads((model / definition.NAME).read_bytes())
    assert (kept["rows"], kept["left_out"]) == (60, 0)
