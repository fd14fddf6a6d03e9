"""Puts what the images are built from into the wheel of the local SageMaker.

So they can be built without a checkout. An editable installation has the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "local_test/own_images/sources"
# The build of an image, and what it imports.
SCRIPTS = (
    "__init__.py",
    "hatch_build.py",
    *(f"checkout/{name}.py" for name in ("__init__", "project", "shell", "variants")),
    *(f"images/{name}.py" for name in ("__init__", "base_image", "build", "install", "slim")),
    *(f"lock/{name}.py" for name in ("__init__", "lock_file", "wheelhouse")),
)
_LEFT_OUT = {".so", ".pyc"}


class SourcesHook(BuildHookInterface[Any]):
    """The step before the files of the wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, below `TARGET`."""
        if version != "editable":
            root = Path(self.root)
            for path in list_sources(root):
                target = f"{TARGET}/{path.relative_to(root).as_posix()}"
                build_data["force_include"][str(path)] = target


def list_sources(root: Path) -> Iterator[Path]:
    """Yield the files of a checkout that the images are built from."""
    yield root / ".dockerignore"
    for name in SCRIPTS:
        yield root / "scripts" / name
    for path in sorted((root / "containers").rglob("*")):
        if path.is_file() and path.suffix not in _LEFT_OUT:
            yield path
