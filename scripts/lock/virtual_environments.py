"""Environments beside .venv, each made from locks of its own, below build/."""

import fcntl
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.checkout.shell import ROOT, run, say


def prepare_environment(name: str, locks: Sequence[str], packages: Sequence[str] = ()) -> Path:
    """Return the `bin` of build/NAME; create it unless it was created from the same locks.

    The `packages`, folders of the checkout, can be imported in it. Several processes may call this
    at the same time. Raises Failure where a package cannot be fetched.
    """
    environment = ROOT / "build" / name
    environment.parent.mkdir(parents=True, exist_ok=True)
    with environment.with_name(f"{environment.name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        stamp, wanted = environment / ".lock", _fingerprint(locks, packages)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            _make(environment, locks, packages)
            stamp.write_text(wanted, encoding="utf-8")
    return environment / "bin"


def _make(environment: Path, locks: Sequence[str], packages: Sequence[str]) -> None:
    say(f"Installing {', '.join(locks)} ...")
    run([sys.executable, "-m", "venv", "--clear", str(environment)])
    pip = [str(environment / "bin/pip"), "--disable-pip-version-check", "install", "--quiet"]
    required = [word for lock in locks for word in ("--requirement", lock)]
    run([*pip, "--no-compile", "--require-hashes", "--no-deps", *required])
    (site,) = environment.glob("lib/python3*/site-packages")
    folders = "".join(f"{ROOT / folder}\n" for folder in packages)
    (site / "checkout.pth").write_text(folders, encoding="utf-8")


def _fingerprint(locks: Sequence[str], packages: Sequence[str]) -> str:
    made_of = hashlib.sha256()
    for lock in locks:
        made_of.update((ROOT / lock).read_bytes())
    made_of.update("\n".join(packages).encode())
    return made_of.hexdigest()
