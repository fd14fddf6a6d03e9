"""`make lambda-layer`: what a lock names, laid out as a layer of AWS Lambda.

Lambda unpacks a function and its layers into 250 MB at most; a layer over that is refused here,
with what is large in it. Packages' own tests are left out.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.checkout.shell import Failure, run, run_script, say

LOCK = Path("examples/iris/requirements.lock")
# The Pythons of Lambda from 3.12 on run on Amazon Linux 2023, whose C library is 2.34.
PYTHON = "3.13"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
LIBRARIES = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
LIMIT_MB = 250.0
_TOLD = 5


def main(words: Sequence[str] | None = None) -> None:
    """Read the options and build the layer."""
    parser = argparse.ArgumentParser(prog="make lambda-layer", description=__doc__)
    parser.add_argument("--lock", type=Path, default=LOCK, help="packages with their hashes")
    parser.add_argument("--python", default=PYTHON, help="the function's Python")
    parser.add_argument("--machine", choices=MACHINES, default="x86_64")
    parser.add_argument("--output", type=Path, default=Path("build") / "lambda-layer")
    arguments = parser.parse_args(words)
    build_layer(arguments.lock, arguments.python, arguments.machine, arguments.output)


def build_layer(lock: Path, python: str, machine: str, output: Path) -> None:
    """Install the lock's wheels below `output/python`, which must not hold anything else.

    Raises Failure where a package cannot be fetched or the layer is larger than Lambda takes.
    """
    packages = output / "python"
    shutil.rmtree(packages, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    target = ["--python-version", python, "--implementation", "cp", "--only-binary=:all:"]
    platforms = [f"--platform={library}_{MACHINES[machine]}" for library in LIBRARIES]
    exact = ["--no-deps", "--require-hashes", "--no-compile", "--requirement", str(lock)]
    run([*pip, *target, *platforms, *exact, "--target", str(packages)])
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for tests in sorted(packages.rglob("tests"), reverse=True):
        if tests.is_dir():
            shutil.rmtree(tests)
    size = check_size(packages)
    say(f"{output}: {size:.0f} MB of {LIMIT_MB:.0f}, for Python {python} on {machine}.")


def check_size(packages: Path, limit: float = LIMIT_MB) -> float:
    """Return the size of a folder in MB. Raises Failure, naming what is large, over the limit."""
    sizes = {path.name: measure_size(path) for path in packages.iterdir()}
    total = sum(sizes.values())
    if total > limit:
        large = sorted(sizes, key=lambda name: -sizes[name])[:_TOLD]
        told = ", ".join(f"{name} {sizes[name]:.0f} MB" for name in large)
        raise Failure(
            f"The layer has {total:.0f} MB unpacked and Lambda takes {limit:.0f}: {told}."
            " Leave something out, or use a container image, which may have 10 GB."
        )
    return total


def measure_size(path: Path) -> float:
    """Return the size of a file, or of all files of a folder, in MB."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


if __name__ == "__main__":
    run_script(main)
