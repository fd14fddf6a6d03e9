"""Gives Docker an image of Tandem's: pulled where a digest is configured, built otherwise."""

from dataclasses import dataclass
from typing import Literal

from docker.errors import ImageNotFound

from local_test.engines.docker_engine.client import connect
from local_test.engines.docker_engine.image_pull import find_pull_uri, pull_image
from local_test.engines.image_names import to_image_reference
from local_test.own_images.image_build import build_image
from local_test.settings import Settings

Origin = Literal["present", "pulled", "built"]


@dataclass(frozen=True)
class ProvidedImage:
    """An image that Docker has: where it came from, and the image URI that was pulled or ""."""

    name: str
    reference: str
    image_id: str
    origin: Origin
    uri: str = ""


def provide_image(
    name: str, settings: Settings, base_image: str | None = None, *, again: bool = False
) -> ProvidedImage:
    """Make sure that Docker has an image; with `again`, pull or build it even if it has.

    Raises UserError when `registry.toml` is invalid or the build fails, and EngineError when Docker
    is not running or cannot pull the image.
    """
    reference, uri = to_image_reference(name), find_pull_uri(settings, name) or ""
    present = _read_id(settings, reference)
    if present and not again:
        return ProvidedImage(name, reference, present, "present")
    if uri:
        with connect(settings) as client:
            pull_image(client, settings, name)
    else:
        build_image(name, settings, base_image)
    made = _read_id(settings, reference)
    return ProvidedImage(name, reference, made, "pulled" if uri else "built", uri)


def describe_source(name: str, settings: Settings) -> str:
    """Return where an image would come from. Raises UserError when `registry.toml` is invalid."""
    uri = find_pull_uri(settings, name)
    return f"pulled as {uri}" if uri else "built"


def find_image(name: str, settings: Settings) -> str:
    """Return the id of an image, "" if Docker lacks it. Raises EngineError without Docker."""
    return _read_id(settings, to_image_reference(name))


def _read_id(settings: Settings, reference: str) -> str:
    with connect(settings) as client:
        try:
            return str(client.images.get(reference).id)
        except ImageNotFound:
            return ""
