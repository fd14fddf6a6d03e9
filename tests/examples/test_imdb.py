"""IMDB, on a tenth of the reviews: text through a recipe and a linear booster, and the page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from examples.imdb import data, run
from tests.scripts.accessibility.axe_checks import check_report


def test_reviews_are_told_apart_and_the_page_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        data.fetch()
    except RuntimeError as error:
        pytest.skip(str(error))
    words = ["--engine", "process", "--output", str(tmp_path), "--reviews", "2500"]
    code = run.main(words)
    shown = capsys.readouterr()
    assert code == 0, shown.err
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["reviews"] == 500
    assert told["accuracy"] == pytest.approx(0.862, abs=0.01)
    report = (tmp_path / "report.html").read_text()
    unkind, kind = re.findall(r"<b>(?:un)?kind</b> (.*?)</p>", report)
    assert ">bad<" in unkind
    assert ">great<" in kind
    if shutil.which("chromium") is None:
        pytest.skip("no chromium to look at the page with: apt-get install chromium")
    page = (tmp_path / "page.html").read_text()
    [(sort, surely)] = re.findall(r'role="status"[^>]*>(\w+): (\d+) %<', page)
    assert sort == "Kind"
    assert int(surely) > 60
    assert (tmp_path / "page.png").stat().st_size > 5000
    for name in ("report.html", "page.html"):
        check_report(tmp_path / name, tmp_path / f"profile-{name}")
