"""What can go wrong, as sentences: each error says what, where and what to do about it."""

from collections.abc import Sequence


class LocalError(Exception):
    """Base of all errors meant for a person: one sentence, with a remedy where there is one."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}; {remedy}" if remedy else what)


class UserError(LocalError):
    """The thing asked for cannot be done as it was asked."""


class EngineError(LocalError):
    """The engine that should run a container is not there, or refused."""


class EngineBusy(EngineError):
    """The engine is there and did not answer in time."""


class DiskFull(LocalError):
    """A disk of this machine has no room for what has to be written."""


class ContainerError(LocalError):
    """A container could not start, ended by itself, or never became ready.

    `exit_code` is what it ended with (None: it was running) and `log` holds its last lines.
    """

    def __init__(self, what: str, *, exit_code: int | None = None, log: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.exit_code = exit_code
        self.log = tuple(log)


class JobError(LocalError):
    """A job did not end as `Completed`."""
