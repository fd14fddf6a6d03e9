"""Build the images.

python -m scripts.images.build [--base-image IMAGE] [--platform P] [NAME...]
"""

import argparse
import time

from scripts.checkout.project import revision, version
from scripts.checkout.shell import Failure, end, output, run, say
from scripts.checkout.variants import PLAIN, Variant, add_options, choose, chosen_images
from scripts.images import base_image
from scripts.lock import wheelhouse

SLIM = "python:3.11-slim-bookworm"


def main() -> None:
    """Build the named images, or all of them."""
    parser = argparse.ArgumentParser(description="Build the images.")
    add_options(parser)
    parser.add_argument("--base-image", help=f"an image with Python 3.11 (default {SLIM})")
    arguments = parser.parse_args()
    if output(["docker", "version"]) is None:
        raise Failure("No Docker engine answers: start one, for example with 'dockerd'.")
    variant = choose(arguments.platform, arguments.variant)
    names = chosen_images(arguments.names, variant)
    base = arguments.base_image or choose_base(variant.platform)
    say(f"Base image: {base}")
    for name in names:
        build(name, base, variant)


def choose_base(platform: str = PLAIN.platform) -> str:
    """Choose the base: one of the platform that the engine has, else a slim Python to be pulled.

    Raises Failure when there is none to be had.
    """
    inspect = ["docker", "image", "inspect", "--format={{.Os}}/{{.Architecture}}"]
    for base in (SLIM, base_image.IMAGE):
        if output([*inspect, base]) == platform:
            return base
    say(f"Pulling {SLIM} ...")
    if output(["docker", "pull", "--quiet", f"--platform={platform}", SLIM]) is not None:
        return SLIM
    raise Failure(
        f"{SLIM} can not be pulled for {platform}: run 'make base-image' on such a machine to make "
        "a base from Debian's packages, or name one with 'make build BASE_IMAGE=...'."
    )


def build(name: str, base: str, variant: Variant) -> None:
    """Fill the wheelhouse of one image, build the image and tag it with its version and latest."""
    started = time.monotonic()
    wheelhouse.fill(name, variant)
    tags = [f"tandem-{name}:{tag}{variant.suffix}" for tag in (version(), "latest")]
    values = {"BASE_IMAGE": base, "VERSION": version(), "REVISION": revision()}
    values["VARIANT"] = variant.name
    run(
        [
            "docker",
            "build",
            f"--file=containers/{name}/Dockerfile",
            f"--platform={variant.platform}",
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
