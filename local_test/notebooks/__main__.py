"""Runs a notebook in a process of its own: `python -m local_test.notebooks REQUEST`."""

import sys

from local_test.notebooks.execution import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
