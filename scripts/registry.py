"""Pushes one image to a registry, and asks the registry what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, NotFound

from scripts import candidate
from scripts.commands import Failure, say


@dataclass(frozen=True)
class Target:
    """Where one image goes: a repository's address, a tag, and the credentials if it asks any."""

    repository: str
    tag: str
    credentials: dict[str, str] | None = None


def push(client: docker.DockerClient, local: str, target: Target) -> str:
    """Push one image and give its address with digest; a tag that is there already stays.

    Raises Failure when the registry refuses it or holds a manifest that SageMaker does not take.
    """
    found = look(client, target)
    if found is None:
        say(f"Pushing {target.repository}:{target.tag} ...")
        client.api.tag(local, target.repository, target.tag)
        send(client, target)
        found = look(client, target)
    if found is None:
        raise Failure(f"{target.repository}:{target.tag} was pushed and is not there.")
    candidate.check_media_type(target.repository, found["mediaType"])
    return f"{target.repository}@{found['digest']}"


def look(client: docker.DockerClient, target: Target) -> Mapping[str, Any] | None:
    """Ask the registry for the manifest of a tag."""
    address = f"{target.repository}:{target.tag}"
    try:
        found = client.images.get_registry_data(address, auth_config=target.credentials)
    except NotFound:
        return None
    except APIError as error:
        if "manifest unknown" in str(error) or "no such manifest" in str(error):
            return None
        raise
    return dict(found.attrs["Descriptor"])


def send(client: docker.DockerClient, target: Target) -> None:
    """Hand the layers to the registry."""
    lines = client.images.push(
        target.repository, target.tag, stream=True, decode=True, auth_config=target.credentials
    )
    for line in lines:
        if "error" in line:
            address = f"{target.repository}:{target.tag}"
            raise Failure(f"The registry refused {address}: {line['error']}")
