"""Makes the README the long description of the package, where relative links would lead nowhere.

Links and pictures get the address of the repository at the tag of this version. GitHub's own
variables name the repository in a workflow (source: GitHub Actions, "Default environment
variables"). Where there are none, links become plain text and pictures are left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_VERSION = "containers/runtime/tandem/_version.py"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)")


class ReadmeHook(MetadataHookInterface):
    """The step that adds fields to the package's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`."""
        root = Path(self.root)
        found = re.search(r'"([^"]+)"', (root / _VERSION).read_text(encoding="utf-8"))
        tag = f"v{found[1]}" if found else ""
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": make_absolute(text, find_repository(), tag),
        }


def find_repository() -> str:
    """Return the address of the repository on GitHub, or an empty text outside of a workflow."""
    name = os.environ.get("GITHUB_REPOSITORY", "")
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{name}" if name else ""


def make_absolute(text: str, repository: str, tag: str) -> str:
    """Return a text in Markdown whose relative links lead to the repository at a tag.

    Without a repository a link is its text, and a picture is nothing.
    """

    def lead(link: re.Match[str]) -> str:
        is_picture, label, target = link.groups()
        if not repository:
            return "" if is_picture else label
        kind = "raw" if is_picture else "tree" if target.endswith("/") else "blob"
        return f"{is_picture}[{label}]({repository}/{kind}/{tag}/{target})"

    return _LINK.sub(lead, text)
