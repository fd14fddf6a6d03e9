"""Environments beside .venv, for programs that must not share their packages with the checkout."""

import fcntl
import hashlib
import sys
from pathlib import Path

from scripts.commands import ROOT, run, say


def made(name: str, lock: str) -> Path:
    """Give the `bin` of `build/NAME`, made from a lock unless it was made from that very lock.

    Raises Failure where a package cannot be fetched. Several processes may ask at the same time.
    """
    environment = ROOT / "build" / name
    environment.parent.mkdir(exist_ok=True)
    with environment.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _make(environment, lock)
    return environment / "bin"


def _make(environment: Path, lock: str) -> None:
    stamp, wanted = environment / ".lock", hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say(f"Installing {lock} ...")
        run([sys.executable, "-m", "venv", "--clear", str(environment)])
        pip = [str(environment / "bin/pip"), "--disable-pip-version-check", "install", "--quiet"]
        run([*pip, "--no-compile", "--require-hashes", "--no-deps", "--requirement", lock])
        stamp.write_text(wanted, encoding="utf-8")
