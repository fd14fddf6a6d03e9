"""Resolves IMAGE to a Docker image or a program, by the same rule for both engines."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from local_test.errors import UserError
from local_test.output.suggestions import find_nearest
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


def describe_image_remedy(image: str, known: Iterable[str] = ()) -> str:
    """Return what helps where Docker lacks an image: a short name, or `tandem-NAME:latest`.

    `known` are references of images that Docker has: one of nearly the same name is suggested.
    """
    name = image.removeprefix(_PREFIX).partition(":")[0]
    if name in OWN_IMAGES:
        return f"run `local-sagemaker images {name}`"
    names = {*OWN_IMAGES, *(one.removeprefix(_PREFIX).removesuffix(":latest") for one in known)}
    nearest = find_nearest(image, sorted(names))
    return f"did you mean {nearest!r}?" if nearest else "build it, or tag one so"


def _list_programs(folders: str) -> set[str]:
    """Return the short names of images that have a program in a folder of a PATH."""
    found = {path.name for folder in folders.split(os.pathsep) for path in _list_folder(folder)}
    return {name.removeprefix(_PREFIX) for name in found}


def _list_folder(folder: str) -> list[Path]:
    return [path for path in Path(folder).glob(f"{_PREFIX}*") if os.access(path, os.X_OK)]


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
    folders = os.pathsep.join([str(settings.programs), settings.path])
    program = shutil.which(name, path=folders)
    if program is None:
        nearest = find_nearest(image, sorted({*OWN_IMAGES, *_list_programs(folders)} - {image}))
        raise UserError(
            f"there is no program {name} for the image {image}",
            f"did you mean {nearest!r}?"
            if nearest
            else "pip install 'tandem-local[programs]' installs those of Tandem (in a checkout: "
            "`make setup`); your own needs a console script of that name",
        )
    return Path(program)
