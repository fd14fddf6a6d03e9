"""The environment of the real AWS clients that tests and examples are run with: build/clients."""

import fcntl
import hashlib
import sys
from pathlib import Path

from scripts.commands import ROOT, end, run, say

LOCK = "tests/clients/sdk.lock"


def folder() -> Path:
    """Give the environment's `bin`, made from its lock unless it was made from that very lock.

    Raises Failure where a package cannot be fetched.
    """
    environment = ROOT / "build/clients"
    environment.parent.mkdir(exist_ok=True)
    with (environment.parent / "clients.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _make(environment)
    return environment / "bin"


def _make(environment: Path) -> None:
    stamp, wanted = environment / ".lock", hashlib.sha256((ROOT / LOCK).read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say(f"Installing {LOCK} ...")
        run([sys.executable, "-m", "venv", "--clear", str(environment)])
        pip = [str(environment / "bin/pip"), "--disable-pip-version-check", "install", "--quiet"]
        run([*pip, "--no-compile", "--require-hashes", "--no-deps", "--requirement", LOCK])
        stamp.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    end(lambda: say(str(folder())))
