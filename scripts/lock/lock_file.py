"""Reads lock files: which version of which package, with which hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One requirement of a lock file; `text` is its line as pip reads it."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]
    text: str


def read_pins(path: Path) -> list[Pin]:
    """Read a lock file; raises ValueError for a line that pins nothing."""
    return [_parse_pin(line) for line in _join_lines(path)]


def _join_lines(path: Path) -> Iterator[str]:
    """Join continued lines; leave comments and empty lines out."""
    for line in path.read_text().replace("\\\n", " ").splitlines():
        text = line.split(" #")[0].strip()
        if text and not text.startswith("#"):
            yield text


def _parse_pin(line: str) -> Pin:
    found = _PIN.match(line.split("--hash", maxsplit=1)[0].strip())
    if not found:
        raise ValueError(f"This line of a lock file pins no version: {line}")
    return Pin(
        name=re.sub(r"[-_.]+", "-", found["name"]).lower(),
        version=found["version"],
        marker=found["marker"] or "",
        hashes=frozenset(_HASH.findall(line)),
        text=line,
    )
