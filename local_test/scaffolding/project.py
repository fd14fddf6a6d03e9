"""Writes the files of a new project: all of them, or none."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from local_test.errors import UserError
from local_test.scaffolding.kinds import KINDS, TEMPLATES, Kind

_SUFFIX = ".template"
_MARK = "@NAME@"
_DOT = "dot-"
# What a Docker repository, a job and a pipeline may be called.
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME = 40


def check_name(name: str) -> None:
    """Raise UserError unless a name fits an image, a job and a pipeline."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise UserError(
            f"invalid name: {name!r}",
            f"use up to {_MAX_NAME} small letters, digits, and hyphens between them",
        )


def write_project(folder: Path, kinds: Sequence[str], name: str, *, replace: bool) -> list[Path]:
    """Write the files of some kinds below a folder and return their paths, relative to it.

    Raises UserError, before anything is written, when the name is invalid, a file exists and is not
    to be replaced, or a kind needs another one that is not there.
    """
    check_name(name)
    chosen = [kind for kind in KINDS if kind.name in kinds]
    _check_needs(folder, chosen)
    texts = dict(text for kind in chosen for text in _fill_templates(kind, name))
    existing = [path for path in texts if (folder / path).exists()]
    if existing and not replace:
        raise UserError(
            f"file exists: {folder / existing[0]}", "choose another --output, or give --force"
        )
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            target.chmod(0o755)
    return list(texts)


def _check_needs(folder: Path, chosen: Sequence[Kind]) -> None:
    folders = {kind.name: kind.folder for kind in KINDS}
    names = [kind.name for kind in chosen]
    for kind in chosen:
        for need in kind.needs:
            if need not in names and not (folder / folders[need]).is_dir():
                raise UserError(
                    f"{kind.name} needs {need}: no folder {folder / folders[need]}",
                    f"write both: `local-sagemaker init {need} {kind.name}`",
                )


def _fill_templates(kind: Kind, name: str) -> Iterator[tuple[Path, str]]:
    """Yield the path of each file of a kind, and its text."""
    root = TEMPLATES / kind.name
    for path in sorted(root.rglob(f"*{_SUFFIX}")):
        parts = path.relative_to(root).with_suffix("").parts
        named = [f".{part[len(_DOT) :]}" if part.startswith(_DOT) else part for part in parts]
        below = [] if kind.folder.startswith(".") else [kind.folder]
        yield Path(*below, *named), path.read_text(encoding="utf-8").replace(_MARK, name)
