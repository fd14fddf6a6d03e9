"""`features.json`: what a transform calls its features, and which of them are categories.

It travels in the artifact of the transform, so that a training whose files carry no names can take
them from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tandem.errors import Location, UserError
from tandem.io import archives

NAME = "features.json"
_ARCHIVE = "model.tar.gz"


@dataclass(frozen=True)
class FeatureList:
    """Names in the order of the columns; `categories` are a feature's, as its codes count."""

    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Write the list."""
        values = {"names": self.names, "categories": self.categories}
        return f"{json.dumps(values, ensure_ascii=False)}\n".encode()


def load(folder: Path, limit: int | None = None) -> FeatureList:
    """Read `features.json` of a folder, or of a `model.tar.gz` in it.

    `limit` is how many bytes the archive may unpack to. Raises UserError when there is neither,
    when the archive is damaged or too large, or when it is not a list of features.
    """
    path = folder / NAME
    if path.is_file():
        return parse(path.read_bytes(), str(path))
    archive = folder / _ARCHIVE
    if not archive.is_file():
        raise UserError(
            f"holds neither {NAME} nor {_ARCHIVE}",
            where=Location(str(folder)),
            remedy="Give the channel the preprocessor's model.tar.gz",
        )
    content = archives.read_member(archive, NAME, limit)
    if content is None:
        raise UserError(f"holds no file {NAME!r}", where=Location(str(archive)))
    return parse(content, f"{archive}, {NAME}")


def parse(content: bytes, file: str) -> FeatureList:
    """Read a list of features. Raises UserError when it is none."""
    broken = UserError(
        "is not a list of features",
        where=Location(file),
        remedy='It holds {"names": ["area", "zone"], "categories": {"zone": ["A", "B"]}}',
    )
    try:
        values = json.loads(content)
        names = tuple(values["names"])
        categories = {name: tuple(texts) for name, texts in values.get("categories", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise broken from error
    lists = [values["names"], *values.get("categories", {}).values()]
    texts = [*names, *(text for column in categories.values() for text in column)]
    one_each = len(set(names)) == len(names) and categories.keys() <= set(names)
    if not all(isinstance(part, list) for part in lists):
        raise broken
    if not names or not one_each or not all(isinstance(text, str) for text in texts):
        raise broken
    return FeatureList(names, categories)
