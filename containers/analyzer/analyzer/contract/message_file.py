"""`/opt/ml/output/message`: how the job ended, which becomes the job's ExitMessage.

(Developer Guide, "Container Contract Outputs".) A monitoring execution whose message begins with
CompletedWithViolations has this status.
"""

from __future__ import annotations

from pathlib import Path

from tandem.contract.paths import Paths
from tandem.io.atomic_write import write_atomic

NO_VIOLATIONS = "Completed: Job completed successfully with no violations."


def locate(paths: Paths) -> Path:
    """Return the path of the file."""
    return paths.root / "output" / "message"


def write_message(paths: Paths, message: str) -> None:
    """Write the message."""
    path = locate(paths)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, message.encode())


def describe_violations(count: int) -> str:
    """Return the message for a number of violations."""
    if count == 0:
        return NO_VIOLATIONS
    noun = "violation" if count == 1 else "violations"
    return f"CompletedWithViolations: Job completed successfully with {count} {noun}."
