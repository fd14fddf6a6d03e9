"""Builds Tandem's images from the files that the package brings, or from the checkout it is in.

The build is a program of these files, `scripts.images.build`, which fetches the locked wheels with
this Python's pip and runs `docker build`. Installed, it runs on a copy of the files in the user's
cache directory, which keeps the wheels.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from local_test.errors import UserError
from local_test.release import read_version
from local_test.settings import Settings, read_environment

_PACKAGED = Path(__file__).with_name("sources")
_CHECKOUT = Path(__file__).parents[2]
_DOCKERFILES = "containers/*/Dockerfile"


def build_image(name: str, settings: Settings, base_image: str | None = None) -> None:
    """Build an image and tag it with the version and `latest`; the output is the build's.

    Raises UserError when a program or a file is missing, or the build fails.
    """
    if shutil.which("docker", path=settings.path) is None:
        raise UserError("building an image needs the command `docker`", "install Docker's client")
    if find_spec("pip") is None:
        raise UserError(
            f"building an image needs pip, which {sys.executable} has not",
            "run `python -m ensurepip`, or install with `uv tool install --with pip`",
        )
    base = [] if base_image is None else [f"--base-image={base_image}"]
    command = [sys.executable, "-m", "scripts.images.build", *base, name]
    _run(command, find_sources(settings))


def find_sources(settings: Settings) -> Path:
    """Return the folder with the files of the images, copied to the cache where it is packaged.

    Raises UserError when this installation has none.
    """
    if not _PACKAGED.is_dir():
        if not any(_CHECKOUT.glob(_DOCKERFILES)):
            raise UserError(
                "this installation has no files to build images from",
                "install a wheel of `make dist`",
            )
        return _CHECKOUT
    folder = Path(settings.cache) / f"sources-{read_version()}"
    shutil.copytree(
        _PACKAGED, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def _run(command: Sequence[str], folder: Path) -> None:
    # A copy is no checkout: a repository around it would give its commit to the image.
    bounds = {"GIT_CEILING_DIRECTORIES": str(folder.parent)} if folder != _CHECKOUT else {}
    environment = {**read_environment(), **bounds, "PYTHONPATH": str(folder)}
    ended = subprocess.run(command, cwd=folder, env=environment, check=False)
    if ended.returncode:
        raise UserError(f"the image {command[-1]} was not built", "see the lines above")
