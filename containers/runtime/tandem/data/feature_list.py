"""`features.json`: the names of a transform's features, and the categories of those with codes.

It is part of the transform's artifact. A training job whose files have no column names reads them
from there.
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
    """Feature names in column order; `categories` by feature, in the order of their codes."""

    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Serialize the list as UTF-8 JSON with a final newline."""
        values = {"names": self.names, "categories": self.categories}
        return f"{json.dumps(values, ensure_ascii=False)}\n".encode()


def load(folder: Path, limit: int | None = None) -> FeatureList:
    """Read `features.json` from a folder, or from a `model.tar.gz` in it.

    `limit` is the largest unpacked size of the archive in bytes. Raises UserError when neither file
    exists, the archive is damaged or too large, or the file is not a feature list.
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
    """Parse a feature list. Raises UserError when the content is not one."""
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
