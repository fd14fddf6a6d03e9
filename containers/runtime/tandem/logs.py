"""Log lines on standard output, unbuffered: what the platform shows in CloudWatch Logs."""

from __future__ import annotations

import logging
import sys

logger = logging.getLogger("tandem")


def configure(level: int) -> None:
    """Send this package's log lines to standard output from `level` on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def write_line(text: str) -> None:
    """Write one line as it is, at once: for metric lines, which a regular expression reads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
