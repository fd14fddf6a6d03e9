"""A headless Chromium for stories in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.checkout.browser import Browser, run_browser
from tests.conftest import absent

__all__ = ["Browser", "open_browser"]


@contextmanager
def open_browser(profile: Path, host_rules: str = "") -> Iterator[Browser]:
    """Run Chromium; the test is skipped where there is none, and fails where it is required."""
    program = shutil.which("chromium")
    if program is None:
        absent("no chromium to look at pages with: apt-get install chromium")
    with run_browser(program, profile, host_rules) as tab:
        yield tab
