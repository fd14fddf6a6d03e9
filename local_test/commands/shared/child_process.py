"""A child process: signals are passed on to it, and it ends when the service does."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from local_test.commands.shared.local_service import parse_service_url
from local_test.engines.process_engine.orphan_guard import OrphanGuard
from local_test.errors import CommandNotFound, ServiceLost

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 1.0
_CONNECT_SECONDS = 5.0
_GRACE_SECONDS = 10.0


class _Child:
    """A running child. It leads a process group unless it shares a terminal with us."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], output: int | None
    ) -> None:
        self._at_terminal = _is_at_terminal()
        try:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdout=output,
                process_group=None if self._at_terminal else 0,
            )
        except OSError as error:
            raise CommandNotFound(
                f"{command[0]} cannot be run: {error.strerror}", "name a program after --"
            ) from error
        self._signalled = False

    def send(self, number: int) -> None:
        """Send a signal to the child and, where it leads a group, to its children."""
        with suppress(ProcessLookupError, PermissionError):
            if self._at_terminal:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)

    def pass_on(self, number: int, _frame: FrameType | None) -> None:
        """Pass a signal on; the second one kills. A terminal sends Ctrl-C to the child itself."""
        if number == signal.SIGINT and self._at_terminal:
            return
        self.send(signal.SIGKILL if self._signalled else number)
        self._signalled = True

    def stop(self) -> None:
        """End the child: SIGTERM, and SIGKILL after the grace period."""
        self.send(signal.SIGTERM)
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.process.wait()


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    url: str,
    output: int | None = None,
) -> int:
    """Run a command until it ends; return its exit code, 128 + N where signal N ended it.

    `output` is the descriptor of its standard output (None: that of this process). Processes that
    it leaves behind are ended. Raises CommandNotFound when it cannot be run, and ServiceLost when
    the service at `url` ends before it.
    """
    address = parse_service_url(url)
    with OrphanGuard() as guard:
        child = _Child(command, environment, output)
        guard.add(child.process.pid)
        with _handle_signals(child):
            try:
                while not _has_ended(child.process):
                    _check_service(address, url)
            except ServiceLost:
                child.stop()
                raise
            child.send(signal.SIGTERM)
        code = child.process.returncode
    return code if code >= 0 else 128 - code


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _check_service(address: tuple[str, int], url: str) -> None:
    try:
        socket.create_connection(address, _CONNECT_SECONDS).close()
    except ConnectionError as error:
        raise ServiceLost(
            f"the service ended while the command ran: {url}", "start it and run the command again"
        ) from error
    except TimeoutError:
        return  # busy


@contextmanager
def _handle_signals(child: _Child) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, child.pass_on)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_at_terminal() -> bool:
    """Return whether this process is in the foreground of a terminal."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
