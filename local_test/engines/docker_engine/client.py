"""The way to the Docker engine, and what it refuses turned into sentences."""

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
from local_test.platform.diagnosis import Ending, diagnose
from local_test.settings import Settings

ANSWER_SECONDS = 60
_DEFAULT_ADDRESS = "unix:///var/run/docker.sock"


@contextmanager
def connect(settings: Settings, seconds: int = ANSWER_SECONDS) -> Iterator[docker.DockerClient]:
    """Open a client as the environment and the Docker context say; no engine is an EngineError."""
    address = settings.docker_host or _address_of_context()
    _knock(address)
    try:
        client = docker.from_env(timeout=seconds)
    except (DockerException, requests.RequestException) as error:
        if timed_out(error):
            raise EngineBusy(
                f"the Docker engine at {address} did not answer in {seconds} s",
                "wait until it is less busy, or restart it",
            ) from error
        raise _unreachable(address) from error
    try:
        with refusals():
            yield client
    finally:
        client.close()


def _address_of_context() -> str:
    return str(ContextAPI.kwargs_from_context().get("base_url", _DEFAULT_ADDRESS))


def _knock(address: str) -> None:
    """See whether a local socket lets us in: the SDK leaves its own socket open where none does."""
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(path)
        except PermissionError as error:
            raise EngineError(
                f"the Docker engine at {address} does not let this user in",
                "join the group `docker`, or use --engine process",
            ) from error
        except OSError as error:
            raise _unreachable(address) from error


def _unreachable(address: str) -> EngineError:
    return EngineError(
        f"no Docker engine answers at {address}", "start Docker, or use --engine process"
    )


@contextmanager
def refusals(what: str = "Docker refused") -> Iterator[None]:
    """Turn whatever the engine refuses inside of the block into an EngineError saying `what`."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        kind = EngineBusy if timed_out(error) else EngineError
        raise kind(f"{what}: {_cause(error)}") from error


def timed_out(error: BaseException | None) -> bool:
    """Return whether an engine that did not answer in time is at the bottom of an error."""
    while error is not None:
        if isinstance(error, requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError):
            return True
        error = error.__cause__ or error.__context__
    return False


def refused_start(spec: ContainerSpec, error: APIError) -> LocalError:
    """Say why a container could not start: the image's fault, or the engine's."""
    cause = _cause(error)
    for sign, code in _START_FAULTS.items():
        if sign in cause.lower():
            sentence = diagnose(Ending(spec.name, spec.command, code))
            return ContainerError(sentence, exit_code=code, log=(cause,))
    return EngineError(f"Docker did not start {spec.name}: {cause}")


_START_FAULTS = {
    "executable file not found": 127,
    "no such file or directory": 127,
    "exec format error": 126,
    "permission denied": 126,
}


def container_user(client: docker.DockerClient) -> str | None:
    """Return the caller's uid:gid so that nothing root-owned is left; None where root is meant."""
    rootless = any("rootless" in option for option in client.info()["SecurityOptions"] or ())
    return None if os.getuid() == 0 or rootless else f"{os.getuid()}:{os.getgid()}"


def _cause(error: Exception) -> str:
    explanation = error.explanation if isinstance(error, APIError) else None
    return str(explanation or error).strip()
