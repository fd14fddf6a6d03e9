"""Checks and their results."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from local_test.conformance.harness.session import Session


class Severity(StrEnum):
    """`must`: required by SageMaker's contract; `should`: good practice."""

    MUST = "must"
    SHOULD = "should"


class CheckStatus(StrEnum):
    """The result of a check; `blocked`: something that it needs has failed."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Check:
    """One sentence of the contract; `run` raises CheckFailed when the image breaks it.

    `needs` is the option or engine without which the check does not apply.
    """

    id: str
    severity: Severity
    sentence: str
    remedy: str
    needs: str
    run: Callable[[Session], None]


@dataclass(frozen=True)
class Verdict:
    """The status of one check, and the reason; `seconds` is how long it took."""

    check: Check
    status: CheckStatus
    detail: str = ""
    seconds: float = 0.0

    @property
    def fatal(self) -> bool:
        """Whether the image does not conform because of it."""
        bad = self.status in {CheckStatus.FAILED, CheckStatus.BLOCKED}
        return bad and self.check.severity is Severity.MUST


MUST, SHOULD = Severity.MUST, Severity.SHOULD


def check(
    number: int, severity: Severity, remedy: str, *, needs: str = ""
) -> Callable[[Callable[[Session], None]], Check]:
    """Return a decorator that makes a function a check; its docstring is the sentence.

    `needs` names the option or the engine without which it does not apply.
    """

    def make_check(look: Callable[[Session], None]) -> Check:
        sentence = " ".join((inspect.getdoc(look) or "").split())
        return Check(f"C-{number:03}", severity, sentence, remedy, needs, look)

    return make_check
