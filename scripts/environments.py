"""Environments beside .venv, for programs that must not share their packages with the checkout."""

import fcntl
import hashlib
import sys
from pathlib import Path

from scripts.commands import ROOT, run, say


def made(name: str, lock: str) -> Path:
    """Give the `bin` of `build/NAME`, made from a lock unless it was made from that very lock.

    Raises Failure where a package cannot be fetched. Several processes may ask at once.
    """
    environment = ROOT / "build" / name
    stamp, wanted = environment / ".lock", hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    environment.parent.mkdir(exist_ok=True)
    with environment.with_suffix(".making").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            say(f"Installing {lock} ...")
            run([sys.executable, "-m", "venv", "--clear", str(environment)])
            pip = [str(environment / "bin/pip"), "--disable-pip-version-check", "install"]
            exact = ["--no-compile", "--require-hashes", "--no-deps", "--requirement", lock]
            run([*pip, "--quiet", *exact])
            stamp.write_text(wanted, encoding="utf-8")
    return environment / "bin"
