"""Errors shown to the user: what is wrong, where, and what to do."""

from collections.abc import Sequence


class LocalError(Exception):
    """Base of all errors shown to the user: one sentence, with a remedy if there is one."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}; {remedy}" if remedy else what)


class UserError(LocalError):
    """The request is invalid or not supported."""


class EngineError(LocalError):
    """The engine is unavailable, or rejected a call."""


class EngineBusy(EngineError):
    """The engine did not respond within the timeout."""


class DiskFull(LocalError):
    """A disk of this machine is full."""


class ContainerError(LocalError):
    """A container could not start, exited by itself, or never became healthy.

    `exit_code` is None while the container runs; `log` has its last lines.
    """

    def __init__(self, what: str, *, exit_code: int | None = None, log: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.exit_code = exit_code
        self.log = tuple(log)


class JobError(LocalError):
    """A job did not end as `Completed`."""


class ServiceLost(LocalError):
    """The local service ended while a command used it."""


class CommandNotFound(LocalError):
    """The command to run does not exist, or is no program."""
