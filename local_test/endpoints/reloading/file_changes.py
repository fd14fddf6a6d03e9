"""Finds changed files by size and time of modification."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

Snapshot = Mapping[Path, tuple[int, int]]
"""Size in bytes and time of modification in nanoseconds of each file."""

_IGNORED = "__pycache__"


def take_snapshot(roots: Sequence[Path]) -> Snapshot:
    """Return the state of files, and of those in folders; without compiled and hidden files."""
    found = {}
    for path in (path for root in roots for path in _list_files(root)):
        with suppress(FileNotFoundError):  # removed meanwhile
            facts = path.stat()
            found[path] = (facts.st_size, facts.st_mtime_ns)
    return found


def list_changes(before: Snapshot, after: Snapshot) -> list[Path]:
    """Return the files that are new, changed or gone, by name."""
    return sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )


def _list_files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
    for path in root.rglob("*") if root.is_dir() else ():
        parts = path.relative_to(root).parts
        if path.is_file() and not any(part == _IGNORED or part[0] == "." for part in parts):
            yield path


class ChangeWatch:
    """Watches files; a change counts when it is over: nothing changed between two looks."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._settled = self._last = take_snapshot(roots)

    def find_changes(self) -> list[Path]:
        """Return the files that have changed since they were last returned, when that is over."""
        before, self._last = self._last, take_snapshot(self._roots)
        if self._last != before:
            return []
        changes = list_changes(self._settled, self._last)
        self._settled = self._last
        return changes
