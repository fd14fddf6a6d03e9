"""uv, at a fixed version, in an environment of its own: it locks, and installs in parallel."""

import sys
from pathlib import Path

from scripts.checkout.shell import ROOT, run

VERSION = "uv==0.13.8"


def find_uv() -> Path:
    """Return the path of uv; install it below build/ where it is missing."""
    folder = ROOT / "build/uv"
    if not (folder / "bin/uv").exists():
        run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin/pip"), "--disable-pip-version-check", "install", "--quiet"]
        run([*pip, VERSION])
    return folder / "bin/uv"
