"""Phrases that the project's style replaces are found where they stand."""

import re

import pytest

from scripts.docs import wording
from scripts.docs.wording import Phrase, find_phrases, read_phrases


def test_a_phrase_is_found_with_its_line_also_over_a_line_break() -> None:
    phrases = [
        Phrase(re.compile(r"what\s+becomes\s+of", re.IGNORECASE), "how it is handled"),
        Phrase(re.compile(r"\banew\b"), "again"),
    ]
    text = "# Title\n\nIt starts anew. What\nbecomes of it.\nA renewal.\n"
    assert list(find_phrases(text, phrases)) == [
        (3, "anew", "again"),
        (3, "What becomes of", "how it is handled"),
    ]


def test_the_rules_are_read_and_a_blank_in_one_is_any_white_space() -> None:
    phrases = read_phrases()
    assert len(phrases) > 10
    assert list(find_phrases("the value is\n  not there", phrases)) == [
        (1, "is not there", "is missing")
    ]


def test_every_page_is_read_but_the_record_of_notebooks() -> None:
    pages = {page.relative_to(wording.ROOT).as_posix() for page in wording.list_pages()}
    assert {"README.md", "docs/recipe.md", "docs/reference/hyperparameters.md"} <= pages
    assert "docs/notebooks.md" not in pages


def test_a_page_with_a_phrase_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = wording.ROOT / "README.md"
    monkeypatch.setattr(wording, "list_pages", lambda: [page])
    assert wording.main() == 0
    monkeypatch.setattr(wording, "read_phrases", lambda: [Phrase(re.compile("Tandem"), "us")])
    assert wording.main() == 1
    assert capsys.readouterr().out.splitlines()[1] == "README.md:1: 'Tandem'. Write: us."
