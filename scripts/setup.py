"""Make .venv from the lock file: `make setup`.

Runs on any Python 3, so that one that is too old is told so in a sentence.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".complete"
OURS = [*sorted(ROOT.glob("containers/*/pyproject.toml")), ROOT / "pyproject.toml"]
LOCK = "requirements.lock"


def main() -> None:
    """Create .venv when it is missing, install the lock, then our own packages as editable."""
    check()
    started = time.monotonic()
    if not PYTHON.exists():
        print("Creating .venv ...", flush=True)
        run([sys.executable, "-m", "venv", str(VENV)])
    print(f"Installing {LOCK} ...", flush=True)
    quiet = ["--quiet", "--no-compile", "--disable-pip-version-check"]
    pip = [str(PYTHON), "-m", "pip", "install", *quiet]
    run([*pip, "--require-hashes", "--no-deps", "--requirement", LOCK])
    editable = [argument for file in OURS for argument in ("--editable", str(file.parent))]
    run([*pip, "--no-deps", "--no-build-isolation", "--no-index", *editable])
    run([str(PYTHON), "-m", "scripts.charts.build"])
    STAMP.touch()
    print(f".venv is ready after {time.monotonic() - started:.0f} s.", flush=True)


def check() -> None:
    """End with one sentence when this Python can not make the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036 (older ones reach this line too)
        version = ".".join(str(number) for number in sys.version_info[:3])
        sys.exit(
            f"Tandem needs Python 3.11 or newer and {sys.executable} is {version}; "
            "name a newer one with 'make setup PYTHON=/path/to/python3'."
        )
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"{sys.executable} has no venv; install it (on Debian: 'apt-get install "
            "python3-venv') and run the command again."
        )


def run(command: list[str]) -> None:
    """Run one step; its failure ends the script with the step's own exit code."""
    ended = subprocess.run(command, cwd=ROOT, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
