"""Environments of the real AWS clients that tests and examples are run with, below build/."""

import fcntl
import hashlib
import sys
from pathlib import Path

from scripts.checkout.shell import ROOT, run, run_script, say
from scripts.lock import uv

LOCKS = {
    "clients": "tests/clients/sdk.lock",
    "clients-v3": "tests/clients/sdk3.lock",
    "clients-mlflow": "tests/clients/mlflow.lock",
    "smclarify": "tests/analyzer/bias/smclarify.lock",
}
"""By the environment's name: the AWS CLI and version 2 of the SageMaker SDK; version 3; MLflow; and
Amazon's library of bias metrics."""
ALONE = frozenset({"smclarify"})
"""The environments whose lock has no dependencies: the tests' own packages serve them."""


def prepare_client(name: str = "clients") -> Path:
    """Return an environment's `bin`, made from its lock unless it was made from that very lock.

    Raises Failure where a package cannot be fetched.
    """
    environment, lock = ROOT / "build" / name, LOCKS[name]
    stamp, wanted = environment / ".lock", hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / f"{name}.making").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two test runs may want it at once
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            say(f"Installing {lock} ...")
            _install(environment, lock)
            stamp.write_text(wanted, encoding="utf-8")
    return environment / "bin"


def _install(environment: Path, lock: str) -> None:
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(environment)])
    installing = [str(uv.find_uv()), "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    python = environment / "bin" / "python"
    run([*installing, f"--python={python}", "--requirement", str(ROOT / lock)])


if __name__ == "__main__":
    run_script(lambda: say(str(prepare_client(*sys.argv[1:2]))))
