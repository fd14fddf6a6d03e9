"""Reads an image without running it."""

import io
import tarfile
from collections.abc import Mapping

import docker
from docker.errors import ImageNotFound, NotFound

from local_test.engines.docker_engine.client import translate_errors
from local_test.engines.docker_engine.docker_leftovers import make_labels
from local_test.engines.protocol import ImageFacts
from local_test.errors import UserError


def list_image_labels(client: docker.DockerClient) -> dict[str, Mapping[str, str]]:
    """Return the labels of all images by each tag and digest.

    One call: an image that is removed meanwhile is no error.
    """
    return {
        name: image.get("Labels") or {}
        for image in client.api.images()
        for name in (*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ()))
    }


def read_image_facts(client: docker.DockerClient, reference: str) -> ImageFacts:
    """Return an image's ENTRYPOINT, CMD and files below `/opt/ml`."""
    with translate_errors(f"image {reference} cannot be looked into"):
        config = client.images.get(reference).attrs["Config"]
        return ImageFacts(
            tuple(config.get("Entrypoint") or ()),
            tuple(config.get("Cmd") or ()),
            _list_below_opt_ml(client, reference),
        )


def read_image_id(client: docker.DockerClient, reference: str) -> str:
    """Return the id of an image. Raises UserError without the image."""
    try:
        return str(client.images.get(reference).id)
    except ImageNotFound as error:
        raise UserError(f"Docker has no image {reference}", "build it, or tag one so") from error


def read_folder(client: docker.DockerClient, reference: str) -> str:
    """Return an image's WORKDIR, "" without one. Raises ImageNotFound without the image."""
    return str(client.images.get(reference).attrs["Config"].get("WorkingDir") or "")


def _list_below_opt_ml(client: docker.DockerClient, reference: str) -> tuple[str, ...]:
    container = client.containers.create(reference, ["true"], labels=make_labels("inspection"))
    try:
        blocks, _ = container.get_archive("/opt/ml")
        with tarfile.open(fileobj=io.BytesIO(b"".join(blocks))) as archive:
            return tuple(member.name for member in archive if not member.isdir())
    except NotFound:
        return ()
    finally:
        container.remove(v=True)
