"""Pulls Tandem's own images by digest, where `registry.toml` names a registry."""

from pathlib import Path

import docker

from local_test.engines.docker_engine.client import translate_errors
from local_test.engines.docker_engine.image_registry import read_registry
from local_test.engines.image_names import to_image_reference
from local_test.settings import Settings


def find_pull_uri(settings: Settings, image: str) -> str | None:
    """Return the image URI with digest that is pulled for an image, None where none is configured.

    Raises UserError when `registry.toml` is invalid.
    """
    return read_registry(Path(settings.registry_file)).find_uri(image)


def pull_image(client: docker.DockerClient, settings: Settings, image: str) -> str | None:
    """Pull an image, tag it `tandem-NAME:latest`, and return the URI that was pulled.

    Return None, and do nothing, where none is configured. The engine compares the digest. Raises
    UserError when `registry.toml` is invalid, and EngineError when the image cannot be pulled.
    """
    uri = find_pull_uri(settings, image)
    if uri is not None:
        reference = image if ":" in image else to_image_reference(image)
        with translate_errors(f"image {reference} cannot be pulled as {uri}"):
            client.images.pull(uri).tag(reference)
    return uri
