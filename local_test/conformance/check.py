"""What a check is, and what comes of it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from local_test.conformance.harness.session import Session


class Severity(StrEnum):
    """Whether the service's contract demands it, or good sense does."""

    MUST = "must"
    SHOULD = "should"


class CheckStatus(StrEnum):
    """What came of a check; a blocked one could not be looked at, as something before it failed."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Check:
    """One sentence of the contract; `look` raises where the image does not keep it."""

    id: str
    severity: Severity
    sentence: str
    remedy: str
    needs: str
    run: Callable[[Session], None]


@dataclass(frozen=True)
class Verdict:
    """A check, what came of it, and why."""

    check: Check
    status: CheckStatus
    detail: str = ""
    seconds: float = 0.0

    @property
    def fatal(self) -> bool:
        """Whether the image must not stay so."""
        bad = self.status in {CheckStatus.FAILED, CheckStatus.BLOCKED}
        return bad and self.check.severity is Severity.MUST


MUST, SHOULD = Severity.MUST, Severity.SHOULD


def check(
    number: int, severity: Severity, remedy: str, *, needs: str = ""
) -> Callable[[Callable[[Session], None]], Check]:
    """Make a check of a function; its docstring is the sentence.

    `needs` names the option or the engine without which it does not apply.
    """

    def make_check(look: Callable[[Session], None]) -> Check:
        sentence = " ".join((inspect.getdoc(look) or "").split())
        return Check(f"C-{number:03}", severity, sentence, remedy, needs, look)

    return make_check
