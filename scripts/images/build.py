"""Build the images.

python -m scripts.images.build [--base-image IMAGE] [--platform P] [NAME...]
"""

import argparse
import time

from scripts.checkout.project import describe_revision, read_version
from scripts.checkout.shell import Failure, read_output, run, run_script, say
from scripts.checkout.variants import PLAIN, Variant, add_options, choose_images, choose_variant
from scripts.images import base_image
from scripts.lock import lock_file, wheelhouse
from scripts.lock.wheelhouse import PYTHON

SLIM = "python:3.11-slim-bookworm"
# What local-sagemaker says of an image that stands in for one of Amazon's.
LIBRARIES = ("python", "scikit-learn", "xgboost", "pandas", "numpy")


def main() -> None:
    """Build the named images, or all of them."""
    parser = argparse.ArgumentParser(description="Build the images.")
    add_options(parser)
    parser.add_argument("--base-image", help=f"an image with Python 3.11 (default {SLIM})")
    arguments = parser.parse_args()
    if read_output(["docker", "version"]) is None:
        raise Failure("Docker is not running: start it, for example with 'dockerd'.")
    variant = choose_variant(arguments.platform, arguments.variant)
    names = choose_images(arguments.names, variant)
    base = arguments.base_image or choose_base(variant.platform)
    say(f"Base image: {base}")
    for name in names:
        build(name, base, variant)


def choose_base(platform: str = PLAIN.platform) -> str:
    """Choose the base: one of the platform that the engine has, else a slim Python to be pulled.

    Raises Failure when neither is available.
    """
    inspect = ["docker", "image", "inspect", "--format={{.Os}}/{{.Architecture}}"]
    for base in (SLIM, base_image.IMAGE):
        if read_output([*inspect, base]) == platform:
            return base
    say(f"Pulling {SLIM} ...")
    if read_output(["docker", "pull", "--quiet", f"--platform={platform}", SLIM]) is not None:
        return SLIM
    raise Failure(
        f"{SLIM} can not be pulled for {platform}: run 'make base-image' on such a machine to make "
        "a base from Debian's packages, or name one with 'make build BASE_IMAGE=...'."
    )


def build(name: str, base: str, variant: Variant) -> None:
    """Fill the wheelhouse of one image, build the image and tag it with its version and latest."""
    started = time.monotonic()
    wheelhouse.fill_wheelhouse(name, variant)
    tags = [f"tandem-{name}:{tag}{variant.suffix}" for tag in (read_version(), "latest")]
    values = {"BASE_IMAGE": base, "VERSION": read_version(), "REVISION": describe_revision()}
    values |= {"VARIANT": variant.name, "LIBRARIES": list_libraries(name, variant)}
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
    size = int(read_output(["docker", "image", "inspect", "--format={{.Size}}", tags[0]]) or 0)
    say(f"{tags[0]}: {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s.")


def list_libraries(name: str, variant: Variant = PLAIN) -> str:
    """Return an image's Python and libraries as `name==version`, for its label."""
    versions = {pin.name: pin.version for pin in lock_file.read_pins(variant.find_lock(name))}
    versions["python"] = PYTHON
    versions.setdefault("xgboost", versions.get("xgboost-cpu", ""))
    return " ".join(f"{one}=={versions[one]}" for one in LIBRARIES if versions.get(one))


if __name__ == "__main__":
    run_script(main)
