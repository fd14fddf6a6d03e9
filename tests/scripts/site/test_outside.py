"""Links of pages to files outside of docs/ lead to pages of the site."""

from __future__ import annotations

import pytest

from scripts.site import outside
from scripts.site.outside import DOCS, ROOT


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("docs/recipe.md", "recipe.md"),
        ("docs/reference", "reference/README.md"),
        ("docs/reference/recipe.schema.json", "reference/recipe.schema.json"),
        ("README.md", "repository/README.md"),
        ("examples/iris", "repository/examples/iris/README.md"),
        ("deploy/api/front", "repository/deploy/api/front.md"),
        ("examples/sdk_quickstart.py", "repository/examples/sdk_quickstart.py.md"),
        ("examples/imdb/page.png", "repository/examples/imdb/page.png"),
    ],
)
def test_each_file_and_folder_has_its_place(path: str, place: str) -> None:
    assert outside.locate(ROOT / path) == place


def test_linked_files_are_found_through_other_pages() -> None:
    found = outside.find_outside([DOCS / "README.md"])
    assert found["repository/README.md"] == ROOT / "README.md"
    assert (
        found["repository/examples/boston/low_level.py.md"] == ROOT / "examples/boston/low_level.py"
    )
    assert "repository/docs/recipe.md" not in found


def test_links_are_led_to_the_site_and_blocks_are_kept() -> None:
    written = (
        "[a](../../README.md#two-commands) ![b](report.png) [c](https://example.com) [d](#here)\n"
        "```\n[e](../../README.md)\n```\n<!-- Written -->\n| a |\n"
    )
    page = ROOT / "examples/boston/README.md"
    adapted = outside.adapt(written, page, outside.locate(page))
    assert adapted == (
        "[a](../../README.md#two-commands) ![b](report.png) [c](https://example.com) [d](#here)\n"
        "```\n[e](../../README.md)\n```\n<!-- Written -->\n\n| a |\n"
    )
    page = DOCS / "install.md"
    block = "\n```\n[d](reference/)\n```\n"
    written = f"[a](../deploy/service/compose.yaml) [b](reference/) [c](../missing.md){block}"
    assert outside.adapt(written, page, "install.md") == (
        "[a](repository/deploy/service/compose.yaml.md) [b](reference/README.md) [c](../missing.md)"
        + block
    )


def test_a_program_becomes_a_page_that_keeps_its_text() -> None:
    text = outside.write_page(ROOT / "examples/sdk_quickstart.py")
    assert "# examples/sdk_quickstart.py\n\n````python\n" in text
    assert (ROOT / "examples/sdk_quickstart.py").read_text(encoding="utf-8") in text
    assert "* `handler.py`\n" in outside.write_page(ROOT / "deploy/api/front")


def test_a_notebook_becomes_its_cells() -> None:
    text = outside.write_page(ROOT / "examples/quickstart.ipynb")
    assert "\n## Quick start" in text
    assert "````python\npredictor.delete_endpoint()\n" in text
