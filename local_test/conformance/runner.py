"""Examining an image: check after check, and a verdict on each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from local_test.conformance.check import Check, Status, Verdict
from local_test.conformance.harness.image_under_test import Subject
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import Blocked, Failed, NotApplicable
from local_test.conformance.registry import CHECKS
from local_test.engines.protocol import Engine
from local_test.errors import LocalError, UserError
from local_test.workspace import open_workspace


@dataclass(frozen=True)
class Report:
    """The verdicts on one image."""

    image: str
    engine: str
    verdicts: Sequence[Verdict]
    seconds: float

    @property
    def fatal(self) -> list[Verdict]:
        """The verdicts that keep the image from conforming."""
        return [verdict for verdict in self.verdicts if verdict.fatal]

    def count(self, status: Status) -> int:
        """Return how many verdicts are of this status."""
        return sum(verdict.status is status for verdict in self.verdicts)


def chosen(only: Sequence[str] = (), skipped: Sequence[str] = ()) -> list[Check]:
    """Return the checks whose ids fit a pattern of `only` and none of `skipped`.

    A pattern that fits no check is a UserError.
    """
    for pattern in (*only, *skipped):
        if not any(fnmatchcase(check.id, pattern) for check in CHECKS):
            raise UserError(f"no check has an id like {pattern!r}", "see `conform --list`")
    return [
        check
        for check in CHECKS
        if (not only or any(fnmatchcase(check.id, pattern) for pattern in only))
        and not any(fnmatchcase(check.id, pattern) for pattern in skipped)
    ]


def examine(
    subject: Subject,
    engine: Engine,
    checks: Sequence[Check] = CHECKS,
    told: Callable[[Verdict], None] = lambda _: None,
) -> Report:
    """Look at an image with every check; `told` hears of each verdict at once.

    What the service would refuse about the subject itself is a UserError.
    """
    engine.read_labels(subject.image)
    begin = time.monotonic()
    verdicts = []
    with open_workspace() as directory, Bench(subject, engine, directory) as ready:
        for check in checks:
            verdict = _judged(check, ready)
            told(verdict)
            verdicts.append(verdict)
    return Report(subject.image, engine.name, verdicts, time.monotonic() - begin)


def _judged(check: Check, ready: Bench) -> Verdict:
    begin = time.monotonic()
    status, detail = Status.PASSED, ""
    try:
        check.look(ready)
    except Failed as found:
        status, detail = Status.FAILED, str(found)
    except NotApplicable as found:
        status, detail = Status.NOT_APPLICABLE, str(found)
    except Blocked as found:
        status, detail = Status.BLOCKED, str(found)
    except LocalError as found:
        status, detail = Status.FAILED, str(found)
    return Verdict(check, status, detail, time.monotonic() - begin)
