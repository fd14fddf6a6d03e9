"""Containers and networks on the Docker engine whose runner was killed before it removed them."""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import NotFound

from local_test import process_identity
from local_test.engines.docker_engine.client import refusals
from local_test.leftovers import Leftover
from local_test.process_identity import Runner

LABEL = "local-sagemaker.session"
"""On all that is made here: `docker ps -a --filter label=local-sagemaker.session` finds it."""

RUNNER_LABEL = "local-sagemaker.runner"
"""The process that made it, and that should have removed it if it is gone itself."""

_IDENTITY_LABEL = "local-sagemaker.runner-identity"
_OWNER_LABEL = "local-sagemaker.state"

Filters = dict[str, str | list[str] | bool]


def marks(session: str, owner: str = "") -> dict[str, str]:
    """Return the labels of all that a session of this process makes."""
    made_by = {RUNNER_LABEL: str(os.getpid()), _IDENTITY_LABEL: str(process_identity.this())}
    return {LABEL: session, **made_by, **({_OWNER_LABEL: owner} if owner else {})}


def owner_of(state: Path) -> str:
    """Return the name by which containers belong to a state folder of this machine."""
    place = f"{socket.gethostname()}:{state.resolve()}"
    return hashlib.sha256(place.encode()).hexdigest()[:16]


def find(client: docker.DockerClient, owner: str = "") -> Iterator[Leftover]:
    """Return what is labelled as made here (by `owner`, where one is named), whoever its runner is.

    Containers come before the networks they are in.
    """
    label = f"{_OWNER_LABEL}={owner}" if owner else LABEL
    filters: Filters = {"label": label}
    with refusals():
        for item in client.containers.list(all=True, filters=filters, ignore_removed=True):
            remove = _removal(lambda item=item: item.remove(force=True, v=True))  # type: ignore[misc]
            yield Leftover("container", str(item.name), _runner(item.labels), remove)
        for network in client.networks.list(filters=filters):
            given = network.attrs.get("Labels") or {}
            yield Leftover("network", str(network.name), _runner(given), _removal(network.remove))


def _removal(remove: Callable[[], object]) -> Callable[[], None]:
    def removal() -> None:
        with refusals(), suppress(NotFound):
            remove()

    return removal


def _runner(labels: Mapping[str, str]) -> Runner | None:
    identity = Runner.parse(labels.get(_IDENTITY_LABEL, ""))
    pid = labels.get(RUNNER_LABEL, "")
    return identity or (Runner(int(pid)) if pid.isdecimal() else None)
