"""A page as a browser shows it: `python -m examples.browser PAGE PICTURE`, for the READMEs."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

_OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_SECONDS = 120


def take_screenshot(address: str, picture: Path, *, width: int = 1100, height: int = 700) -> str:
    """Open an address in headless Chromium: its picture is written, its final HTML given.

    Raises RuntimeError where there is no Chromium, or where it fails.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        raise RuntimeError("there is no Chromium: on Debian, apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        size = [f"--window-size={width},{height}", "--hide-scrollbars"]
        shot = [f"--user-data-dir={profile}", f"--screenshot={picture}", "--dump-dom"]
        command = [browser, *_OPTIONS, *size, *shot, "--virtual-time-budget=10000", address]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    if done.returncode or not picture.is_file():
        raise RuntimeError(f"Chromium did not show {address}: {done.stderr.strip()[-500:]}")
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="browser", description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=700)
    told = parser.parse_args()
    address = told.page.resolve().as_uri()
    take_screenshot(address, told.picture, width=told.width, height=told.height)
