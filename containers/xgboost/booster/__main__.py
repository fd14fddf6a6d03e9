"""The program `tandem-xgboost`."""

from __future__ import annotations

import sys

from booster.algorithm import ALGORITHM
from tandem.cli import run


def main() -> int:
    """Run `tandem-xgboost train|serve`."""
    return run(ALGORITHM, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
