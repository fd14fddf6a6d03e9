"""Containers and networks on the Docker engine whose runner was killed before it removed them."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import docker
from docker.errors import NotFound

from local_test import process_identity
from local_test.engines.docker_engine.client import translate_errors
from local_test.leftovers import Leftover
from local_test.process_identity import ProcessIdentity

LABEL = "local-sagemaker.session"
"""On all containers and networks: `docker ps -a --filter label=local-sagemaker.session`."""

RUNNER_LABEL = "local-sagemaker.runner"
"""The id of the process that made it, and that removes it at its end."""

_IDENTITY_LABEL = "local-sagemaker.runner-identity"
_OWNER_LABEL = "local-sagemaker.state"

Filters = dict[str, str | list[str] | bool]


def make_labels(session: str, owner: str = "") -> dict[str, str]:
    """Return the labels of the containers and networks of a session."""
    made_by = {
        RUNNER_LABEL: str(os.getpid()),
        _IDENTITY_LABEL: str(process_identity.identify_this_process()),
    }
    return {LABEL: session, **made_by, **({_OWNER_LABEL: owner} if owner else {})}


def find_docker_leftovers(client: docker.DockerClient, owner: str = "") -> Iterator[Leftover]:
    """Yield the labelled containers and networks, of `owner` only if it is not empty.

    Containers come before their networks.
    """
    label = f"{_OWNER_LABEL}={owner}" if owner else LABEL
    filters: Filters = {"label": label}
    with translate_errors():
        for item in client.containers.list(all=True, filters=filters, ignore_removed=True):
            remove = _make_removal(lambda item=item: item.remove(force=True, v=True))  # type: ignore[misc]
            yield Leftover("container", str(item.name), _read_runner(item.labels), remove)
        for network in client.networks.list(filters=filters):
            labels = network.attrs.get("Labels") or {}
            yield Leftover(
                "network", str(network.name), _read_runner(labels), _make_removal(network.remove)
            )


def _make_removal(remove: Callable[[], object]) -> Callable[[], None]:
    def removal() -> None:
        with translate_errors(), suppress(NotFound):
            remove()

    return removal


def _read_runner(labels: Mapping[str, str]) -> ProcessIdentity | None:
    identity = ProcessIdentity.parse(labels.get(_IDENTITY_LABEL, ""))
    pid = labels.get(RUNNER_LABEL, "")
    return identity or (ProcessIdentity(int(pid)) if pid.isdecimal() else None)
