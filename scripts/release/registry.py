"""Push one image to a registry, and read its manifests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from scripts.checkout.shell import ROOT, Failure, say
from scripts.release import image_check

FILE = Path("build/push/registry.toml")


@dataclass(frozen=True)
class Target:
    """The destination of one image: a repository's address, a tag, and credentials if required."""

    repository: str
    tag: str
    credentials: dict[str, str] | None = None

    @property
    def address(self) -> str:
        """Return the address of the image with its tag."""
        return f"{self.repository}:{self.tag}"


def write_registry_file(uris: Mapping[str, str]) -> Path:
    """Write `registry.toml`, with which local-sagemaker pulls what was pushed; give its path.

    `uris` are addresses with digest by the images' names, all of one registry.
    """
    lines, digests = [], []
    for name, uri in sorted(uris.items()):
        repository, digest = uri.split("@")
        lines = [f'registry = "{repository.removesuffix(f"/tandem-{name}")}"', "", "[digests]"]
        digests.append(f'{name} = "{digest}"')
    path = ROOT / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, *digests, ""]))
    return FILE


def push_image(client: docker.DockerClient, local: str, target: Target) -> str:
    """Push one image and give its address with digest.

    Raises Failure when the registry refuses it or holds a manifest that SageMaker does not take.
    """
    say(f"Pushing {target.address} ...")
    client.api.tag(local, target.repository, target.tag)
    push_layers(client, target)
    found = find_manifest(client, target)
    if found is None:
        raise Failure(f"{target.address} was pushed and is not there.")
    image_check.check_media_type(target.repository, found["mediaType"])
    return f"{target.repository}@{found['digest']}"


def find_pushed(client: docker.DockerClient, local: str, target: Target) -> str | None:
    """Return the address with digest of an image that the registry has, or None.

    Raises Failure when the tag is there and holds anything else: a tag never changes its meaning.
    """
    found = find_manifest(client, target)
    if found is None:
        return None
    uri = f"{target.repository}@{found['digest']}"
    image_check.check_media_type(target.address, found["mediaType"])
    if not is_same_image(client, local, uri, target.credentials):
        raise Failure(
            f"{target.address} is there with other content than {local}, as {uri}: "
            "use what is there, or commit and run 'make build' for a tag of its own."
        )
    return uri


def is_same_image(
    client: docker.DockerClient, local: str, uri: str, credentials: dict[str, str] | None
) -> bool:
    """Return whether a local image is the one at an address with digest.

    An image this engine never pushed there is pulled: layers it has already are not fetched.
    """
    image = client.images.get(local)
    if uri in (image.attrs["RepoDigests"] or []):
        return True
    there = client.images.pull(uri, auth_config=credentials)
    equal = bool(there.id == image.id)
    client.images.remove(uri)
    return equal


def find_manifest(client: docker.DockerClient, target: Target) -> Mapping[str, Any] | None:
    """Return the manifest of a tag."""
    try:
        found = client.images.get_registry_data(target.address, auth_config=target.credentials)
    except NotFound:
        return None
    except APIError as error:
        if "manifest unknown" in str(error) or "no such manifest" in str(error):
            return None
        raise
    return dict(found.attrs["Descriptor"])


def push_layers(client: docker.DockerClient, target: Target) -> None:
    """Upload the layers to the registry."""
    lines = client.images.push(
        target.repository, target.tag, stream=True, decode=True, auth_config=target.credentials
    )
    for line in lines:
        if "error" in line:
            raise Failure(f"The registry refused {target.address}: {line['error']}")
