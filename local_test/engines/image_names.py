"""Resolves IMAGE to a Docker image or a program, by the same rule for both engines."""

import os
import shutil
from pathlib import Path

from local_test.errors import UserError
from local_test.settings import Settings

OWN_IMAGES = ("analyzer", "preprocessor", "python", "xgboost")
"""Tandem's own images, by short name."""

_PREFIX = "tandem-"


def is_program_path(image: str) -> bool:
    """Return whether IMAGE is the path of a program on this machine."""
    return image.startswith(("/", "./", "../", "~"))


def is_short_name(image: str) -> bool:
    """Return whether IMAGE is a short name such as `xgboost`, not an image URI."""
    return "/" not in image and ":" not in image


def to_image_reference(image: str) -> str:
    """Return the Docker image: `tandem-N:latest` for a short name N.

    Raises UserError when IMAGE is the path of a program.
    """
    if is_program_path(image):
        raise UserError(
            f"{image} is a program of this machine, not an image", "run it with --engine process"
        )
    return f"tandem-{image}:latest" if is_short_name(image) else image


def describe_image_remedy(image: str) -> str:
    """Return what helps where Docker lacks an image: a short name, or `tandem-NAME:latest`."""
    name = image.removeprefix(_PREFIX).partition(":")[0]
    return (
        f"run `local-sagemaker images {name}`" if name in OWN_IMAGES else "build it, or tag one so"
    )


def to_program_name(image: str) -> str:
    """Return the program of a short name. Raises UserError when IMAGE is an image URI."""
    if not is_short_name(image):
        raise UserError(
            f"{image} is an image URI, and the process engine runs programs of this machine only",
            "start Docker and use --engine docker",
        )
    return f"tandem-{image}"


def find_program(image: str, settings: Settings) -> Path:
    """Return the program of IMAGE: a path, or `tandem-N` beside this Python or on PATH.

    Raises UserError when there is no such executable.
    """
    if is_program_path(image):
        path = Path(image).expanduser().absolute()
        if path.is_file() and os.access(path, os.X_OK):
            return path
        raise UserError(f"{image} is no executable file", "name a program, or an image by its name")
    name = to_program_name(image)
    program = shutil.which(name, path=os.pathsep.join([str(settings.programs), settings.path]))
    if program is None:
        raise UserError(
            f"there is no program {name} for the image {image}",
            "pip install 'tandem-local[programs]' installs those of Tandem (in a checkout: "
            "`make setup`); your own needs a console script of that name",
        )
    return Path(program)
