"""A container on the Docker engine."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import requests
from docker.errors import APIError, DockerException
from docker.models.containers import Container as SdkContainer
from urllib3.exceptions import HTTPError

from local_test.engines.container_logs import LogPump
from local_test.engines.docker_engine.client import translate_errors
from local_test.engines.protocol import ContainerUsage, LogSink
from local_test.errors import EngineBusy

_POLL_SECONDS = 0.05
_RELOAD_ATTEMPTS = 3
_LAST_LINES_SECONDS = 5.0
_NANOSECONDS = 1_000_000_000


class DockerContainer:
    """A started container, with a thread that reads its log."""

    def __init__(self, name: str, container: SdkContainer, address: str, logs: LogSink) -> None:
        self.name = name
        self.url = f"http://{address}"
        self._container = container
        self._exit_code: int | None = None
        self._pump = LogPump(name, self._read_output(), logs)

    @property
    def id(self) -> str:
        """The container id."""
        return str(self._container.id)

    @property
    def pid(self) -> int | None:
        """The container's first process, where the engine runs on this machine."""
        self._update_exit_code()
        return self._container.attrs["State"]["Pid"] or None

    @property
    def out_of_memory(self) -> bool:
        """Whether the engine says that one of its processes was killed as memory ran out."""
        return bool(self._container.attrs["State"].get("OOMKilled"))

    def wait(self, seconds: float | None = None) -> int | None:
        """Poll until it exits or the time is up, and return the exit code, None while it runs."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self._exit_code is None:
            self._update_exit_code()
            if self._exit_code is None:
                if deadline is not None and time.monotonic() >= deadline:
                    return None
                time.sleep(_POLL_SECONDS)
        self._pump.join(_LAST_LINES_SECONDS)
        return self._exit_code

    def terminate(self) -> None:
        """Send SIGTERM to the container's first process."""
        self._signal("SIGTERM")

    def kill(self) -> None:
        """Send SIGKILL to the container."""
        self._signal("SIGKILL")

    def read_log_tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines the container wrote."""
        return self._pump.read_tail(lines)

    def read_usage(self) -> ContainerUsage | None:
        """Return what it uses of the machine, None when it has ended.

        Source: Docker's Engine API, 'Get container stats based on resource usage': files of the
        page cache that are not in use count as free, as in `docker stats`.
        """
        with translate_errors():
            stats: Any = self._container.stats(stream=False, one_shot=True)
        memory, processor = stats["memory_stats"], stats["cpu_stats"]
        if "usage" not in memory:
            return None
        inactive = memory.get("stats", {}).get("inactive_file", 0)
        return ContainerUsage(
            processor["cpu_usage"]["total_usage"] / _NANOSECONDS,
            processor.get("online_cpus") or os.cpu_count() or 1,
            max(memory["usage"] - inactive, 0),
            memory["limit"],
        )

    def join_log(self) -> None:
        """Wait for the end of the log, after the container was removed."""
        self._pump.join(_LAST_LINES_SECONDS)

    def _update_exit_code(self) -> None:
        self._reload()
        state = self._container.attrs["State"]
        if state["Status"] in {"exited", "dead"}:
            self._exit_code = int(state["ExitCode"])

    def _reload(self) -> None:
        """Read the state; retry when a busy engine does not respond."""
        for left in reversed(range(_RELOAD_ATTEMPTS)):
            try:
                with translate_errors():
                    self._container.reload()
            except EngineBusy:
                if not left:
                    raise
            else:
                return

    def _signal(self, name: str) -> None:
        with suppress(APIError):  # it has ended already
            self._container.kill(signal=name)

    def _read_output(self) -> Iterator[bytes]:
        with suppress(DockerException, requests.RequestException, HTTPError):
            yield from self._container.logs(stream=True, follow=True)
