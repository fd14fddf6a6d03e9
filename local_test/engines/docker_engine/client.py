"""The Docker client, and Docker's errors as sentences."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
import urllib3
from docker.context import ContextAPI
from docker.errors import APIError, DockerException

from local_test.engines.protocol import ContainerSpec
from local_test.errors import ContainerError, EngineBusy, EngineError, LocalError
from local_test.platform.diagnosis import ContainerFailure, diagnose
from local_test.settings import Settings

ANSWER_SECONDS = 60
_DEFAULT_ADDRESS = "unix:///var/run/docker.sock"


@contextmanager
def connect(settings: Settings, seconds: int = ANSWER_SECONDS) -> Iterator[docker.DockerClient]:
    """Open a client, by DOCKER_HOST or the Docker context; `seconds` is its timeout.

    Raises EngineError when Docker is unreachable, EngineBusy when it does not respond in time.
    """
    address = settings.docker_host or _read_context_address()
    _probe_socket(address)
    try:
        client = docker.from_env(timeout=seconds)
    except (DockerException, requests.RequestException) as error:
        if is_timeout(error):
            raise EngineBusy(
                f"the Docker engine at {address} did not answer in {seconds} s",
                "wait until it is less busy, or restart it",
            ) from error
        raise _make_unreachable_error(address) from error
    try:
        with translate_errors():
            yield client
    finally:
        client.close()


def _read_context_address() -> str:
    return str(ContextAPI.kwargs_from_context().get("base_url", _DEFAULT_ADDRESS))


def _probe_socket(address: str) -> None:
    """Raise EngineError when the local socket refuses a connection; the SDK would leak its own."""
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except PermissionError as error:
            raise EngineError(
                f"the Docker engine at {address} does not let this user in",
                "join the group `docker`, or use --engine process",
            ) from error
        except OSError as error:
            raise _make_unreachable_error(address) from error


def _make_unreachable_error(address: str) -> EngineError:
    return EngineError(
        f"Docker is not running at {address}", "start Docker, or use --engine process"
    )


@contextmanager
def translate_errors(message: str = "Docker refused") -> Iterator[None]:
    """Raise EngineError, its sentence beginning with `message`, for each Docker error."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        kind = EngineBusy if is_timeout(error) else EngineError
        raise kind(f"{message}: {_explain(error)}") from error


def is_timeout(error: BaseException | None) -> bool:
    """Return whether an error was caused by a timeout."""
    while error is not None:
        if isinstance(error, requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError):
            return True
        error = error.__cause__ or error.__context__
    return False


def make_start_error(spec: ContainerSpec, error: APIError) -> LocalError:
    """Return the error of a failed start: ContainerError for the image, else EngineError."""
    cause = _explain(error)
    for phrase, code in _START_FAULTS.items():
        if phrase in cause.lower():
            failure = ContainerFailure(spec.name, spec.command, code, program=spec.own_program)
            sentence = diagnose(failure)
            return ContainerError(sentence, exit_code=code, log=(cause,))
    return EngineError(f"Docker did not start {spec.name}: {cause}")


_START_FAULTS = {
    "no command specified": 127,
    "executable file not found": 127,
    "no such file or directory": 127,
    "exec format error": 126,
    "permission denied": 126,
    "is a directory": 126,
    "not a directory": 126,
}


def find_container_user(client: docker.DockerClient) -> str | None:
    """Return the caller's "uid:gid", so that no file is owned by root; None for root."""
    rootless = any("rootless" in option for option in client.info()["SecurityOptions"] or ())
    return None if os.getuid() == 0 or rootless else f"{os.getuid()}:{os.getgid()}"


def _explain(error: Exception) -> str:
    explanation = error.explanation if isinstance(error, APIError) else None
    return str(explanation or error).strip()
