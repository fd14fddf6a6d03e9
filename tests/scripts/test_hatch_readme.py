"""The long description of the wheel has no link that only works in the repository."""

from __future__ import annotations

import re

import pytest

from scripts import hatch_readme
from scripts.checkout.shell import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RELATIVE = re.compile(r"\]\((?!https?:|#)")


def test_links_and_pictures_lead_to_the_tag_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/tandem")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    text = hatch_readme.make_absolute(README, hatch_readme.find_repository(), "v1.2.3")
    place = "https://github.com/someone/tandem"
    assert f"![The demo's report]({place}/raw/v1.2.3/docs/img/report.png)" in text
    assert f"({place}/blob/v1.2.3/docs/install.md)" in text
    assert f"({place}/tree/v1.2.3/docs/reference/)" in text
    assert RELATIVE.search(text) is None


def test_without_a_repository_links_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    text = hatch_readme.make_absolute(README, hatch_readme.find_repository(), "v1.2.3")
    assert RELATIVE.search(text) is None
    assert "![" not in text
    assert "every target. CONTRIBUTING.md says" in text
