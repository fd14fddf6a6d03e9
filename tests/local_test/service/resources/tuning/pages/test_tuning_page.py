"""The page of a tuning job: its trials in an order, over time, and as parallel coordinates."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from operator import gt, lt
from pathlib import Path

import pytest

from local_test.service.resources.tuning.pages.progress_chart import Trial, draw_progress
from scripts.charts.build import BUNDLE
from tests.browsing import open_browser
from tests.clients.account import REGION, Account
from tests.conftest import absent
from tests.local_test.service.resources.tuning.test_tuning import CONTINUOUS, tune, tuned

Better = Callable[[float, float], bool]


@pytest.fixture(scope="module")
def address(account: Account) -> str:
    """The address of the page of a tuning job that has ended, with four trials."""
    account.bucket("tuning", **{"in/a.csv": "1"})
    kinds = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}]}
    tune(account, "shown", "Random", CONTINUOUS | kinds, jobs=4)
    assert tuned(account, "shown")["HyperParameterTuningJobStatus"] == "Completed"
    return f"{account.url}/console/hyper-parameter-tuning-job/{REGION}/shown"


def list_losses(address: str) -> list[float]:
    """Return the objectives of a page's table from the top down."""
    with urllib.request.urlopen(address) as answer:
        page = answer.read().decode()
    rows = re.findall(r"<tr data-run=.*?</tr>", page, re.DOTALL)
    return [float(re.findall(r"<td>([^<]*)</td>", row)[1]) for row in rows]


def test_trials_are_sorted_by_their_objective(address: str) -> None:
    losses = list_losses(f"{address}?sort=loss&order=ascending")
    assert len(set(losses)) == 4
    assert losses == sorted(losses)
    assert list_losses(f"{address}?sort=loss&order=descending") == losses[::-1]
    assert sorted(list_losses(f"{address}?sort=unknown")) == losses


def test_trials_are_filtered_on_the_server(address: str) -> None:
    losses = list_losses(f"{address}?sort=loss&order=ascending")
    least = (losses[1] + losses[2]) / 2  # the table has six digits
    found = list_losses(f"{address}?sort=loss&order=ascending&filter=loss%3C{least}")
    assert found == losses[:2]
    with urllib.request.urlopen(f"{address}?filter=none%3E3") as answer:
        page = answer.read().decode()
    assert "unknown column in the filter: &#39;none&#39;" in page
    assert "4 of 4 training jobs" in page


@pytest.mark.parametrize(("is_better", "better", "bests"), [(lt, 2, "5 5 3 3"), (gt, 1, "5 7 7 7")])
def test_the_line_steps_where_a_trial_is_the_best_so_far(
    is_better: Better, better: int, bests: str
) -> None:
    """Of 5, 7, 3, 4 the least are 5 and 3, the largest are 5 and 7."""
    values = [5.0, 7.0, 3.0, 4.0]
    trials = [Trial(f"t{at}", at * 10.0, value) for at, value in enumerate(values)]
    chart = draw_progress(trials, is_better)
    assert chart is not None
    line = [tuple(map(float, corner.split(","))) for corner in chart.line.split()]
    places = [(dot.x, dot.y) for dot in chart.dots]
    assert line[0] == places[0]
    assert line[1:3] == [(places[better][0], places[0][1]), places[better]]
    assert line[-1][1] == places[better][1]
    assert len(line) == 4
    assert (chart.dots[3].title, chart.end) == ("t3: 4 after 30 s", "30 s")
    assert [text for _, text in chart.marks] == ["3", "7"]
    assert " ".join(row[3] for row in chart.rows) == bests
    assert chart.rows[3][:3] == ("t3", "30 s", "4")


def test_a_search_without_values_has_no_chart() -> None:
    assert draw_progress([], lt) is None
    one = draw_progress([Trial("t", 0.0, 2.0)], lt)
    assert one is not None
    assert [text for _, text in one.marks] == ["2"]


def test_the_page_in_a_browser(address: str, tmp_path: Path) -> None:
    if not BUNDLE.exists():
        absent("no charting library: make charts")
    with open_browser(tmp_path / "profile") as tab:
        tab.open(f"{address}?sort=loss&order=ascending")
        assert tab.run("document.getElementById('parallel').dataset.lines") == "4"
        press = (
            "document.getElementById('parallel')"
            ".dispatchEvent(new KeyboardEvent('keydown', {key: 'Home'}))"
        )
        said = tab.run(f"{press}; document.getElementById('said').textContent")
        best = tab.run("document.querySelector('tr.chosen').textContent")
        assert "(best)" in best
        assert said.split(" · ")[0] in best
        assert tab.run("document.querySelectorAll('.progress circle').length") == 4
        # The values are there without a mouse: Enter unfolds their table.
        tab.run("document.querySelector('.values summary').focus()")
        for kind in ("rawKeyDown", "char", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            tab.call("Input.dispatchKeyEvent", type=kind, **key)
        assert tab.run("document.querySelector('.values').open")
        cells = tab.run(
            "Array.from(document.querySelectorAll('.values tbody tr'), (row) => row.innerText)"
        )
        assert len(cells) == 4
        assert all("shown-" in cell for cell in cells)
        size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        assert tab.run("document.documentElement.scrollWidth") == 390
