"""Stops serving containers; the grace period is waited for until one image has ignored SIGTERM."""

import time

from local_test.engines.graceful_stop import stop_containers
from local_test.engines.protocol import Container
from local_test.output import report_progress
from local_test.platform.limits import HOSTING_GRACE_SECONDS

_KILL_SECONDS = 10.0


class ContainerStop:
    """Stops the serving containers of one image.

    `ignores_sigterm` says whether one of them ran to the end of its grace period; from then on they
    are killed at once, so that the checks do not wait for the same again and again.
    """

    def __init__(self, image: str) -> None:
        self.ignores_sigterm = False
        self._image = image

    def terminate(self, container: Container) -> int | None:
        """Send SIGTERM; return the exit code, None when it still runs after the grace period."""
        container.terminate()
        code = container.wait(HOSTING_GRACE_SECONDS)
        if code is None:
            self._note()
        return code

    def __call__(self, container: Container) -> None:
        """Stop a container that may have ended; return when it has ended."""
        if container.wait(0) is not None:
            return
        if self.ignores_sigterm:
            container.kill()
            container.wait(_KILL_SECONDS)
            return
        begin = time.monotonic()
        stop_containers([container], HOSTING_GRACE_SECONDS)
        if time.monotonic() - begin >= HOSTING_GRACE_SECONDS:
            self._note()

    def _note(self) -> None:
        if not self.ignores_sigterm:
            report_progress(
                f"{self._image} ran {HOSTING_GRACE_SECONDS:g} s after SIGTERM: its other serving "
                "containers are killed at once"
            )
        self.ignores_sigterm = True
