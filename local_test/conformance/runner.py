"""Runs the checks on an image."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from local_test.conformance.check import Check, CheckStatus, Verdict
from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, CheckFailed, NotApplicable
from local_test.conformance.registry import CHECKS
from local_test.engines.protocol import Engine
from local_test.errors import LocalError, UserError
from local_test.workspace import open_workspace


@dataclass(frozen=True)
class ConformanceReport:
    """The verdicts on one image."""

    image: str
    engine: str
    verdicts: Sequence[Verdict]
    seconds: float

    @property
    def fatal(self) -> list[Verdict]:
        """The verdicts because of which the image does not conform."""
        return [verdict for verdict in self.verdicts if verdict.fatal]

    def count(self, status: CheckStatus) -> int:
        """Return how many verdicts are of this status."""
        return sum(verdict.status is status for verdict in self.verdicts)


def select_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Check]:
    """Return the checks whose ids match a pattern of `only` and none of `skip`.

    Raises UserError when a pattern matches no check.
    """
    for pattern in (*only, *skip):
        if not any(fnmatchcase(check.id, pattern) for check in CHECKS):
            raise UserError(f"no check has an id like {pattern!r}", "see `conform --list`")
    return [
        check
        for check in CHECKS
        if (not only or any(fnmatchcase(check.id, pattern) for pattern in only))
        and not any(fnmatchcase(check.id, pattern) for pattern in skip)
    ]


def examine(
    subject: ImageUnderTest,
    engine: Engine,
    checks: Sequence[Check] = CHECKS,
    on_verdict: Callable[[Verdict], None] = lambda _: None,
) -> ConformanceReport:
    """Run the checks on an image; call `on_verdict` with each verdict at once.

    Raises UserError when the engine has no such image.
    """
    engine.read_labels(subject.image)
    begin = time.monotonic()
    verdicts = []
    with open_workspace() as directory, Session(subject, engine, directory) as session:
        for check in checks:
            verdict = _run_check(check, session)
            on_verdict(verdict)
            verdicts.append(verdict)
    return ConformanceReport(subject.image, engine.name, verdicts, time.monotonic() - begin)


def _run_check(check: Check, session: Session) -> Verdict:
    begin = time.monotonic()
    status, detail = CheckStatus.PASSED, ""
    try:
        check.run(session)
    except CheckFailed as error:
        status, detail = CheckStatus.FAILED, str(error)
    except NotApplicable as error:
        status, detail = CheckStatus.NOT_APPLICABLE, str(error)
    except CheckBlocked as error:
        status, detail = CheckStatus.BLOCKED, str(error)
    except LocalError as error:
        status, detail = CheckStatus.FAILED, str(error)
    return Verdict(check, status, detail, time.monotonic() - begin)
