"""Log lines on standard output, unbuffered, which the platform sends to CloudWatch Logs."""

from __future__ import annotations

import logging
import sys

logger = logging.getLogger("tandem")


def configure(level: int) -> None:
    """Log messages of `level` and above to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def write_line(text: str) -> None:
    """Write one line without a level, for metrics that a regular expression reads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
