"""The report of a fit: every column, true figures, one page with nothing beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from preprocessor.describe.report import column_charts
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.column_summary import count_cells
from tandem.report import sparklines
from tests.pages import Page
from tests.preprocessor.training_jobs import make_houses, train_job

MISSING = frozenset({"", "NA"})


def reported(root: Path, table: pd.DataFrame, **hyperparameters: str) -> str:
    paths = train_job(root, table, hyperparameters)
    return (paths.output_data / "report.html").read_text()


def line(text: str, column: str) -> str:
    """Give the words of a column's line in the table."""
    start = text.index(f"<td><b>{column}</b>")
    words = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text[start : text.index("</tr>", start)])
    return " ".join(words.split())


def test_every_column_says_what_it_is_and_becomes(tmp_path: Path) -> None:
    table = make_houses()
    text = reported(tmp_path, table, target="SalePrice")
    page = Page(text)
    assert page.open == []
    assert page.addresses == []
    assert "http" not in text
    assert len(text) < 40_000
    assert page.headings == [
        "Target: SalePrice",
        "Worth a look",
        "Columns",
        "Hyperparameters in force",
    ]
    share = table["Zone"].value_counts(normalize=True)
    assert f"RL ({share['RL']:.0%})" in line(text, "Zone").replace(" %", "%")
    assert "Zone=RL" in line(text, "Zone")
    assert "missing is a category, one-hot" in line(text, "Zone")
    frontage = line(text, "LotFrontage")
    assert frontage.startswith("LotFrontage number 22.7 to 103.8, median")
    assert "15 %" in frontage
    assert "median" in frontage
    assert frontage.endswith("LotFrontage")
    assert "left out" in line(text, "Id")
    assert "unique in every row" in line(text, "Id")
    assert "<li><b>Ghost</b> is left out: empty" in text
    assert "<li><b>PoolQC</b> is missing in 83\N{NO-BREAK SPACE}% of the rows" in text
    assert "@example.com" not in text


def test_codes_with_leading_zeros_are_worth_a_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = make_houses()
    table["Zip"] = np.resize(["00501", "501", "10001"], len(table))
    text = reported(tmp_path, table, target="SalePrice")
    sentence = "has codes with leading zeros; to read them as numbers, declare"
    assert f"<li><b>Zip</b> {sentence} &#34;Zip&#34;: &#34;number&#34;</li>" in text
    assert "Zip=00501 Zip=10001 Zip=501" in line(text, "Zip")
    assert f'worth a look: column \'Zip\' {sentence} "Zip": "number"' in caplog.text


def test_the_target_shows_its_figures_or_its_classes(tmp_path: Path) -> None:
    prices = make_houses()["SalePrice"].astype(int)
    text = reported(tmp_path / "a", make_houses(), target="SalePrice")
    assert f"<b>{prices.max():,}</b>max" in text
    assert f"<b>{prices.mean():,.0f}</b>mean" in text
    classes = reported(tmp_path / "b", make_houses(), target="Zone")
    rows = re.findall(r"<tr><td>(.*?)</td><td>(\d)</td>.*<td>(\d+)</td></tr>", classes)
    counts = make_houses()["Zone"].value_counts()
    expected = [
        (name, str(number), str(counts[name])) for number, name in enumerate(sorted(counts.index))
    ]
    assert rows == expected


def test_the_target_says_what_a_booster_learns_of_it(tmp_path: Path) -> None:
    table = make_houses()
    table["SalePrice"] = [str(value) for value in [0.0, 99.0, 999.0] * 20]
    words = "<p>number, target_scale {}: a booster learns {}</p>".replace("<p>", '<p class="note">')
    text = reported(tmp_path / "a", table, target="SalePrice")
    assert words.format("none", "the value") in text
    text = reported(tmp_path / "b", table, target="SalePrice", target_scale="log1p")
    assert words.format("log1p", "log(1 + value), 0 to 6.908") in text
    text = reported(tmp_path / "c", table, target="SalePrice", target_scale="standard")
    assert words.format("standard", "(value - 366) / 449.4, -0.8144 to 1.408") in text
    text = reported(tmp_path / "d", table, target="Zone")
    assert '<p class="note">3 classes: a booster learns a class by its number</p>' in text


def test_a_transform_without_target_has_a_report_too(tmp_path: Path) -> None:
    text = reported(tmp_path, make_houses().drop(columns="SalePrice"), target="-")
    assert "Columns" in Page(text).headings
    assert "Target" not in "".join(Page(text).headings)


def test_hyperparameters_are_written_as_a_job_gives_them(tmp_path: Path) -> None:
    text = reported(tmp_path, make_houses(), target="SalePrice", columns='{"Zone": "ordinal"}')
    assert "<code>* columns={&#34;Zone&#34;: &#34;ordinal&#34;}</code>" in text
    assert "<code>missing_values=NA</code>" in text


def test_what_the_data_say_cannot_become_markup(tmp_path: Path) -> None:
    table = make_houses().rename(columns={"Zone": "<b>Zone</b>"})
    table.iloc[:, 3] = table.iloc[:, 3].replace({"RL": "<script>alert(1)</script>"})
    text = reported(tmp_path, table, target="SalePrice")
    assert "<script" not in text
    assert "&lt;b&gt;Zone" in text
    assert Page(text).open == []


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["3"], "3"),
        (["NA"], "no value"),
        (["0.25", "1", "2"], "0.25 to 2, median 1"),
        (["1200", "2500.5"], "1200 to 2500, median 1850"),
        (["1872", "2010"], "1872 to 2010, median 1941"),
        (["-12000", "215245"], "-12,000 to 215,245, median 101,622"),
        (["-1.7e308", "1.7e308"], "-1.7e+308 to 1.7e+308, median 0"),
        (["a"] * 999 + ["b"], "a (>99 %), b (<1 %)"),
        (["a", "a", "b"], "a (67 %), b (33 %)"),
        (["a", "b", "c"], "3 different values"),
    ],
)
def test_values_are_said_in_few_words(cells: list[str], text: str) -> None:
    shown = column_charts.draw_column(
        ColumnProfile("x", count_cells(cells, MISSING)), as_texts=False
    )
    assert shown.text.replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_bars_are_as_high_as_the_counts() -> None:
    cells = [str(value) for value in np.repeat([1, 2, 4], [10, 40, 20])]
    picture = column_charts.draw_column(
        ColumnProfile("x", count_cells(cells, MISSING)), as_texts=False
    ).picture
    heights = [float(high) for high in re.findall(r"v-([\d.]+)h", str(picture))]
    assert heights == [9, 36, 18]
    assert 'aria-label="&lt;"' in sparklines.draw_bars([], "<")
    assert json.dumps(str(picture)).isascii()
