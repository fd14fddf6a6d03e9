"""Looking into an image without running it."""

import io
import tarfile

import docker
from docker.errors import NotFound

from local_test.engines.docker_engine.client import refusals
from local_test.engines.docker_engine.docker_leftovers import marks
from local_test.engines.protocol import ImageFacts


def image_facts(client: docker.DockerClient, reference: str) -> ImageFacts:
    """Read an image's configuration and list what it holds below `/opt/ml`."""
    with refusals(f"image {reference} cannot be looked into"):
        config = client.images.get(reference).attrs["Config"]
        return ImageFacts(
            tuple(config.get("Entrypoint") or ()),
            tuple(config.get("Cmd") or ()),
            _listed(client, reference),
        )


def _listed(client: docker.DockerClient, reference: str) -> tuple[str, ...]:
    made = client.containers.create(reference, ["true"], labels=marks("inspection"))
    try:
        blocks, _ = made.get_archive("/opt/ml")
        with tarfile.open(fileobj=io.BytesIO(b"".join(blocks))) as archive:
            return tuple(member.name for member in archive if not member.isdir())
    except NotFound:
        return ()
    finally:
        made.remove(v=True)
