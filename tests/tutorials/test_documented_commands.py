"""Commands in the documentation exist as written: their options, targets, modules and files.

The tutorials and the README's commands are typed whole by other tests; this looks at every page.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_test import cli
from tests import blocks

ROOT = Path(__file__).parents[2]
PAGES = blocks.list_pages()
PARSER = cli.make_parser()
SHELLS = {"sh", "bash", "console"}
END = {"&", "&&", "|", "||", ";", ">", ">>"}
FILE = re.compile(r"(?:benchmarks|deploy|docs|examples|scripts|tests)/[\w/.-]+\.[a-z]+")
# Commands of a page that are typed elsewhere than in the root of the repository.
FOLDERS = {"deploy/pipelines/README.md": "deploy/pipelines"}
INSTALLED = {"pip", "venv"}


def name_page(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def list_commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command in the shell blocks of a page, up to a pipe and its like."""
    for block in blocks.read_blocks(page):
        pending = ""
        for line in (
            block.text.replace("\\\n", " ").splitlines() if block.language in SHELLS else ()
        ):
            pending += f"{line}\n"
            try:
                words = shlex.split(pending, comments=True)
            except ValueError:  # a quotation goes on in the next line
                continue
            pending = ""
            yield words[: next((n for n, word in enumerate(words) if word in END), None)]
        assert not pending, f"a quotation does not end: {pending}"


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_options_of_documented_commands_exist(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = []
    for words in list_commands(page):
        places = [n for n, word in enumerate(words) if word.rpartition("/")[2] == "local-sagemaker"]
        if places and words[0] not in {"pip", "pipx", "uv"}:
            try:
                PARSER.parse_args(words[places[0] + 1 :])
            except SystemExit as end:
                refused += [f"{shlex.join(words)}: {capsys.readouterr().err}"] if end.code else []
    assert refused == []


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_targets_modules_and_files_of_documented_commands_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folder = ROOT / FOLDERS.get(name_page(page), "")
    missing = []
    for words in list_commands(page):
        if words[:1] == ["make"]:
            targets = [word for word in words[1:] if "=" not in word]
            missing += [t for t in targets if not re.search(rf"(?m)^{t}:", makefile)]
        elif "-m" in words and "python" in words[0]:
            module = words[words.index("-m") + 1]
            path = folder / module.replace(".", "/")
            if module not in INSTALLED and not (path.is_dir() or path.with_suffix(".py").exists()):
                missing.append(module)
        missing += [w for w in words if FILE.fullmatch(w) and not (ROOT / w).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_documented_python_is_python(page: Path) -> None:
    for block in blocks.read_blocks(page):
        if block.language == "python":
            ast.parse(block.text)


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_markers_of_blocks_are_known(page: Path) -> None:
    """A misspelt marker would have a block run, or left out, without anybody's intention."""
    for block in blocks.read_blocks(page):
        kind, _, rest = block.marker.partition(": ")
        if block.marker:
            assert kind in {"file", "not run", "run by"}, block.marker
            assert kind != "run by" or (ROOT / rest).exists(), block.marker
