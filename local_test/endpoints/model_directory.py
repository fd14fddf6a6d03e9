"""Installs a model in `/opt/ml/model`, as SageMaker does before a container starts."""

import shutil
from pathlib import Path

from local_test.errors import UserError
from local_test.platform.archives import list_entries, unpack


def install_model(
    model: Path | None, target: Path, limit: int | None = None, name: str = ""
) -> None:
    """Copy a directory, unpack a `model.tar.gz` within a limit, or leave `target` empty.

    Errors call an archive by `name`, or by its path. Raises UserError when the path does not exist,
    the archive is damaged or there is a link, and DiskFull when the disk is full.
    """
    target.mkdir(parents=True)
    if model is None:
        return
    if model.is_dir():
        _copy_folder(model, target)
    elif model.is_file():
        unpack(model, target, limit, name)
    else:
        raise UserError(f"there is no model at {model}", "give a directory or a model.tar.gz")


def _copy_folder(model: Path, target: Path) -> None:
    for path in list_entries(model):
        copy = target / path.relative_to(model)
        if path.is_dir():
            copy.mkdir()
        else:
            shutil.copy(path, copy)
