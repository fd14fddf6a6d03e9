"""The program `tandem-xgboost`."""

from __future__ import annotations

import sys

from tandem.machine.large_pages import restart_with_large_pages
from tandem.machine.program_start import import_quickly


def main() -> int:
    """Run `tandem-xgboost train|serve`."""
    if sys.argv[1:] == ["train"]:
        restart_with_large_pages()  # before the imports: they are done once
    with import_quickly():
        from booster.algorithm import ALGORITHM
        from tandem.cli import run

    return run(ALGORITHM, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
