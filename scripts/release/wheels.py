"""Build the wheels of all packages, and a source archive: `make dist`.

A wheel that holds compiled libraries fits machines like this one; `--pure` builds it without them,
for all other machines, where the same code in Python runs. The source archive holds all packages.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from scripts.charts import build as charts
from scripts.checkout.shell import ROOT, Failure, run, run_script, say

PROJECTS = (ROOT, *sorted(path.parent for path in ROOT.glob("containers/*/pyproject.toml")))


def main() -> None:
    """Build everything and name each file."""
    parser = argparse.ArgumentParser(description="Build the wheels and a source archive.")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="(default: dist)")
    parser.add_argument("--pure", action="store_true", help="leave compiled libraries out")
    arguments = parser.parse_args()
    charts.main()
    if not charts.is_current():
        raise Failure("The wheel needs the console's charts: install npm and run it again.")
    for path in build(arguments.output.absolute(), pure=arguments.pure):
        say(f"{os.path.relpath(path)}: {path.stat().st_size / 1e3:.0f} kB")


def build(output: Path, *, pure: bool = False) -> list[Path]:
    """Build one wheel a package, and the source archive; return their paths.

    Files of an earlier build are replaced when all are built. Raises Failure when a build fails.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output) as folder:
        for project in PROJECTS:
            targets = ["-t", "sdist", "-t", "wheel"] if project == ROOT else ["-t", "wheel"]
            command = [sys.executable, "-m", "hatchling", "build", *targets, "-d", folder]
            run(command, {"HATCH_BUILD_NO_HOOKS": "1"} if pure and project != ROOT else {}, project)
        for old in output.glob("tandem_*"):
            old.unlink()
        return [path.rename(output / path.name) for path in sorted(Path(folder).iterdir())]


if __name__ == "__main__":
    run_script(main)
