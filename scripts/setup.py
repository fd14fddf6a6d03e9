"""Make .venv from the lock file: `make setup`, with uv where it is installed, else with pip.

Runs on any Python 3, so that one that is too old is rejected with a clear sentence.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
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
# What pip and uv print where they reach no index: the first word that says why.
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeoutError|NameResolutionError|ProxyError|ReadTimeoutError"
    r"|SSLError|connection broken by|[Ff]ailed to fetch|[Cc]ould not connect|dns error"
    r"|error sending request",
)
_STEP = 25


def main() -> None:
    """Create .venv when it is missing, install the lock, then our own packages as editable."""
    check()
    started = time.monotonic()
    uv = shutil.which("uv")
    if not PYTHON.exists():
        print("Creating .venv ...", flush=True)
        run([sys.executable, "-m", "venv", str(VENV)])
    count = len(re.findall(r"(?m)^[A-Za-z0-9]", (ROOT / LOCK).read_text()))
    print(f"Installing {count} packages of {LOCK} with {'uv' if uv else 'pip'} ...", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--no-compile", "--disable-pip-version-check"]
    quick = [uv, "pip", "install", "--python", str(PYTHON)] if uv else pip
    install([*quick, "--require-hashes", "--no-deps", "--requirement", LOCK], count)
    editable = [argument for file in OURS for argument in ("--editable", str(file.parent))]
    run([*pip, "--quiet", "--no-deps", "--no-build-isolation", "--no-index", *editable])
    run([str(PYTHON), "-m", "scripts.charts.build"])
    STAMP.touch()
    print(f".venv is ready after {time.monotonic() - started:.0f} s.", flush=True)


def check() -> None:
    """Exit with one sentence when this Python cannot create the environment."""
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


def install(command: list[str], count: int) -> None:
    """Install `count` packages and print how many are begun; a failure ends the script.

    A missing network is said in one sentence, behind what the program printed.
    """
    lines, begun = [], 0
    # uv trusts the certificates of this machine then, such as those of a company's proxy.
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith(("Resolved", "Prepared", "Installed")):  # uv: a line a phase
                print(f"  {line}", end="", flush=True)
            begun += line.startswith("Collecting ")
            if line.startswith("Collecting ") and begun % _STEP == 0:
                print(f"  {begun} of {count} ...", flush=True)
    if process.returncode:
        print("".join(lines[-10:]), end="", file=sys.stderr)
        if any(_UNREACHABLE.search(line) for line in lines):
            sys.exit(
                "The package index cannot be reached: check the network, HTTPS_PROXY and the index "
                "(PIP_INDEX_URL, for uv UV_DEFAULT_INDEX), then run 'make setup' again."
            )
        sys.exit(f"{LOCK} was not installed: see the lines above.")


def run(command: list[str]) -> None:
    """Run one step; its failure ends the script with the step's own exit code."""
    ended = subprocess.run(command, cwd=ROOT, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
