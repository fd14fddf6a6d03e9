"""A training starts anew once, as the same process, where large pages are given on request."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
from tandem.machine import large_pages
large_pages.MODE = Path(sys.argv[1])
print(os.getpid(), os.environ.get("GLIBC_TUNABLES"), flush=True)
large_pages.restart_with_large_pages()
print("trains with", os.environ.get("GLIBC_TUNABLES"))
"""
OWN = "glibc.malloc.hugetlb=1"
on_glibc = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="another C library"
)


def run(mode: Path, **given: str) -> list[str]:
    environment = {name: text for name, text in os.environ.items() if name != "GLIBC_TUNABLES"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(mode)],
        env=environment | given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@on_glibc
def test_it_starts_anew_once_and_tells_no_other_program(tmp_path: Path) -> None:
    mode = tmp_path / "enabled"
    mode.write_text("always [madvise] never\n")
    first, second, last = run(mode)
    pid = first.split()[0]
    assert [first, second, last] == [f"{pid} None", f"{pid} {OWN}", "trains with None"]


@pytest.mark.parametrize("text", ["[always] madvise never", "always madvise [never]", None])
def test_it_goes_on_where_nothing_is_given_on_request(tmp_path: Path, text: str | None) -> None:
    mode = tmp_path / "enabled"
    if text is not None:
        mode.write_text(text)
    assert len(run(mode)) == 2


def test_the_users_own_choice_stays(tmp_path: Path) -> None:
    mode = tmp_path / "enabled"
    mode.write_text("always [madvise] never\n")
    own = "glibc.malloc.arena_max=1"
    assert run(mode, GLIBC_TUNABLES=own)[1:] == [f"trains with {own}"]
