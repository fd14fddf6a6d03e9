"""Build the images: `python -m scripts.build [--base-image IMAGE] [NAME...]`."""

import argparse
import time

from scripts import base_image, wheelhouse
from scripts.commands import Failure, end, output, run, say
from scripts.project import image, images, revision, version

SLIM = "python:3.11-slim-bookworm"
PLATFORM = "linux/amd64"


def main() -> None:
    """Build the named images, or all of them."""
    parser = argparse.ArgumentParser(description="Build the images.")
    parser.add_argument("names", nargs="*", help="folders of containers/; all when none is named")
    parser.add_argument("--base-image", help=f"an image with Python 3.11 (default {SLIM})")
    arguments = parser.parse_args()
    if output(["docker", "version"]) is None:
        raise Failure("No Docker engine answers: start one, for example with 'dockerd'.")
    names = [image(name) for name in arguments.names] or images()
    base = arguments.base_image or choose_base()
    say(f"Base image: {base}")
    for name in names:
        build(name, base)


def choose_base() -> str:
    """Choose the base: one that the engine has, else the slim Python from a registry.

    Raises Failure when there is none to be had.
    """
    for base in (SLIM, base_image.IMAGE):
        if output(["docker", "image", "inspect", base]) is not None:
            return base
    say(f"Pulling {SLIM} ...")
    if output(["docker", "pull", "--quiet", f"--platform={PLATFORM}", SLIM]) is not None:
        return SLIM
    raise Failure(
        f"{SLIM} can not be pulled: run 'make base-image' to make a base from Debian's packages, "
        "or name one that you have with 'make build BASE_IMAGE=...'."
    )


def build(name: str, base: str) -> None:
    """Fill the wheelhouse of one image, build the image and tag it with its version and latest."""
    started = time.monotonic()
    wheelhouse.fill(name)
    tags = [f"tandem-{name}:{version()}", f"tandem-{name}:latest"]
    values = {"BASE_IMAGE": base, "VERSION": version(), "REVISION": revision()}
    run(
        [
            "docker",
            "build",
            f"--file=containers/{name}/Dockerfile",
            f"--platform={PLATFORM}",
            *(f"--build-arg={key}={value}" for key, value in values.items()),
            *(f"--tag={tag}" for tag in tags),
            ".",
        ],
        # SageMaker refuses an image index, which attestations would make of the image.
        {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
    )
    size = int(output(["docker", "image", "inspect", "--format={{.Size}}", tags[0]]) or 0)
    say(f"{tags[0]}: {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    end(main)
