"""Prints failures: the last log lines, then one sentence."""

import sys
from collections.abc import Sequence


def report_failure(sentence: str, log: Sequence[str] = ()) -> None:
    """Write the log lines and the sentence to standard error.

    A log line that the sentence repeats is left out.
    """
    lines = [line for line in log if not line.strip() or not sentence.endswith(line.strip())]
    if lines:
        print("its last log lines:", file=sys.stderr)
        for line in lines:
            print(f"  {line}", file=sys.stderr)
    print(f"error: {sentence}", file=sys.stderr, flush=True)


def report_warning(sentence: str) -> None:
    """Print a warning to standard error."""
    print(f"warning: {sentence}", file=sys.stderr, flush=True)
