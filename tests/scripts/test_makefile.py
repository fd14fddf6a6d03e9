"""The Makefile: every verb explains itself."""

import re
import subprocess

from scripts.checkout.shell import ROOT

TEXT = (ROOT / "Makefile").read_text()


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True
    )


def test_help_lists_every_verb_with_a_sentence() -> None:
    verbs = re.findall(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)[0].split()
    lines = dict(line.strip().split(maxsplit=2)[1:] for line in make("help").stdout.splitlines())
    assert list(lines) == verbs
    assert {"setup", "check", "fix", "test", "demo", "build", "base-image", "push"} <= set(verbs)


def test_make_alone_shows_the_help() -> None:
    assert make().stdout == make("help").stdout


def test_a_missing_python_is_one_sentence() -> None:
    ended = make("--what-if=requirements.lock", "setup", "PYTHON=python-of-nowhere")
    assert ended.returncode == 2
    assert ended.stderr.startswith("There is no 'python-of-nowhere': install Python 3.11 or newer")


def test_check_changes_nothing() -> None:
    recipe = make("--dry-run", "check").stdout
    assert "ruff check ." in recipe
    assert "ruff format --check ." in recipe
    assert "--fix" not in recipe
