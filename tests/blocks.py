"""Blocks of code in the pages of the documentation, and the markers in front of them.

A marker is a comment on the line before a block: `<!-- file: NAME -->` saves it as a file,
`<!-- not run: WHY -->` says why no test runs it, and `<!-- run by: PATH -->` names the test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"(?ms)^(?:<!-- ([^\n]*?) -->\n)?```(\w+)\n(.*?)^```$")


def list_pages() -> list[Path]:
    """Return the pages of the documentation."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for folder in ("benchmarks", "deploy", "examples"):
        found += sorted((ROOT / folder).rglob("README.md"))
    return found


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and its marker, or an empty text."""

    language: str
    text: str
    marker: str


def read_blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(language, text, marker) for marker, language, text in found]


def write_script(page: Path) -> str:
    """Return a script of bash that saves the files of a page and types its commands."""
    parts = []
    for block in read_blocks(page):
        kind, _, name = block.marker.partition(": ")
        if kind == "file":
            parts.append(f"cat >{name} <<'END_OF_FILE'\n{block.text}END_OF_FILE\n")
        elif block.language == "sh" and kind not in {"not run", "run by"}:
            parts.append(block.text)
    return "".join(parts)
