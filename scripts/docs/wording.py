"""Find phrases in the pages that the project's style replaces, with the line and the plain form.

    python -m scripts.docs.wording    # part of `make check`; ends with 1 where it finds some

The phrases are in `wording.toml`. Pages are the Markdown files that git keeps, generated ones too:
these hold the command's help, hyperparameters, settings and errors.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = Path(__file__).with_name("wording.toml")
# Others' sentences, and records of them.
_EXCEPTIONS = ("docs/notebooks.md", "tests/")


@dataclass(frozen=True)
class Phrase:
    """A phrase to avoid, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


def read_phrases(file: Path = RULES) -> list[Phrase]:
    """Return the phrases of a file of rules; a space in a pattern is any white space."""
    return [
        Phrase(re.compile(entry["pattern"].replace(" ", r"\s+"), re.IGNORECASE), entry["instead"])
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["phrases"]
    ]


def find_phrases(text: str, phrases: Sequence[Phrase]) -> Iterator[tuple[int, str, str]]:
    """Yield the line (from 1), the words found and what to write instead, in the text's order."""
    found = [
        (match.start(), " ".join(match.group().split()), phrase.instead)
        for phrase in phrases
        for match in phrase.pattern.finditer(text)
    ]
    for position, words, instead in sorted(found):
        yield text.count("\n", 0, position) + 1, words, instead


def list_pages() -> list[Path]:
    """Return the Markdown pages of the repository, without records of others' sentences."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if not name.startswith(_EXCEPTIONS)]


def main() -> int:
    """Print what is found; gives the exit code."""
    phrases = read_phrases()
    lines = [
        f"{page.relative_to(ROOT)}:{line}: '{words}'. Write: {instead}."
        for page in list_pages()
        for line, words, instead in find_phrases(page.read_text(encoding="utf-8"), phrases)
    ]
    print("\n".join(lines) if lines else "No phrase to replace.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
