"""Files outside of docs/ that pages link to: each becomes a page of the site, below repository/.

So the site needs no address of a repository, and every link of a page leads to the files of the
same commit.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDER = "repository"
_LINK = re.compile(r"(\]\()((?!https?:|mailto:|#|/)[^)#\s]+)")
_FENCE = re.compile(r"(?ms)^```.*?^```$")
_PICTURES = frozenset({".png", ".svg"})
_LANGUAGES = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".html": "html", ".json": "json"}


def locate(path: Path) -> str:
    """Return where the site has a file or folder of the repository, relative to its root.

    Raises ValueError where the path is outside of the repository.
    """
    if path.is_dir():
        read_me = path / "README.md"
        path = read_me if read_me.exists() else path.with_name(f"{path.name}.md")
    elif path.suffix not in {".md", *_PICTURES} and not path.is_relative_to(DOCS):
        path = path.with_name(f"{path.name}.md")
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    return f"{FOLDER}/{path.relative_to(ROOT).as_posix()}"


def find_outside(pages: Iterable[Path]) -> dict[str, Path]:
    """Return what pages link to outside of docs/, directly or by such a page, by `locate`."""
    found, waiting = dict[str, Path](), list(pages)
    while waiting:
        page = waiting.pop()
        for target in list_targets(page):
            place = locate(target)
            if target.exists() and not target.is_relative_to(DOCS) and place not in found:
                read_me = target / "README.md"
                found[place] = read_me if read_me.exists() else target
                waiting += [found[place]] if found[place].suffix == ".md" else []
    return found


def list_targets(page: Path) -> Iterator[Path]:
    """Yield the files and folders that a page in Markdown links to, also missing ones."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for _, target in _LINK.findall(text):
        yield Path(os.path.normpath(page.parent / target))


def is_copied(path: Path) -> bool:
    """Return whether the site has a file as it is: a page, or a picture."""
    return path.suffix in {".md", *_PICTURES}


def write_page(path: Path) -> str:
    """Return the page in Markdown of a program, or of a folder without a README: its names."""
    title = f"---\nsearch:\n  exclude: true\n---\n\n# {path.relative_to(ROOT).as_posix()}\n\n"
    if path.is_dir():
        return title + "".join(f"* `{one.name}`\n" for one in sorted(path.iterdir()))
    if path.suffix == ".ipynb":
        return title + write_cells(path)
    language = _LANGUAGES.get(path.suffix, "text")
    return f"{title}````{language}\n{path.read_text(encoding='utf-8')}````\n"


def write_cells(notebook: Path) -> str:
    """Return the cells of a Jupyter notebook in Markdown, one heading level below the page's."""
    parts = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(re.sub(r"(?m)^#", "##", text))
        else:
            parts.append(f"````python\n{text}\n````")
    return "\n\n".join(parts) + "\n"


def adapt(markdown: str, page: Path, place: str) -> str:
    """Return a page's text with the links of the site.

    Args:
        markdown: the text.
        page: its file in the repository, which its links are relative to.
        place: where the site has the page; see `locate`.
    """

    def lead(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(page.parent / link[2]))
        if not target.is_relative_to(ROOT) or not target.exists():
            return link[0]  # the build reports it
        return f"{link[1]}{os.path.relpath(locate(target), Path(place).parent)}"

    adapted = _map_prose(markdown, lambda text: _LINK.sub(lead, text))
    return re.sub(r"(?m)^(<!--.*-->)\n(?=\|)", r"\1\n\n", adapted)  # a table needs an empty line


def _map_prose(markdown: str, change: Callable[[str], str]) -> str:
    """Return the text with all changed but the fenced blocks."""
    parts, end = [], 0
    for block in _FENCE.finditer(markdown):
        parts += [change(markdown[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, change(markdown[end:])])
