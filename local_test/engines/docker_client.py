"""The way to the Docker engine, and what it refuses turned into sentences."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
from docker.errors import APIError, DockerException

from local_test.engines.base import ContainerSpec
from local_test.errors import ContainerError, EngineError, LocalError
from local_test.platform.diagnosis import Ending, diagnose
from local_test.settings import Settings

_ANSWER_SECONDS = 60


@contextmanager
def connect(settings: Settings, seconds: int = _ANSWER_SECONDS) -> Iterator[docker.DockerClient]:
    """Open a client as the environment and the Docker context say; no engine is an EngineError."""
    try:
        client = docker.from_env(timeout=seconds)
    except DockerException as error:
        raise _unreachable(settings, error) from error
    try:
        with refusals():
            yield client
    finally:
        client.close()


def _unreachable(settings: Settings, error: DockerException) -> EngineError:
    if "Permission denied" in str(error):
        return EngineError(
            f"the Docker engine at {settings.docker_host} does not let this user in",
            "join the group `docker`, or use --engine process",
        )
    return EngineError(
        f"no Docker engine answers at {settings.docker_host}",
        "start Docker, or use --engine process",
    )


@contextmanager
def refusals(what: str = "Docker refused") -> Iterator[None]:
    """Turn whatever the engine refuses inside of the block into an EngineError saying `what`."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise EngineError(f"{what}: {_cause(error)}") from error


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
    """Give the caller's uid:gid so that nothing root-owned is left; None where root is meant."""
    rootless = any("rootless" in option for option in client.info()["SecurityOptions"] or ())
    return None if os.getuid() == 0 or rootless else f"{os.getuid()}:{os.getgid()}"


def _cause(error: Exception) -> str:
    explanation = error.explanation if isinstance(error, APIError) else None
    return str(explanation or error).strip()
