"""Finds MLflow: in this Python, or by each command `mlflow` on the PATH.

A tracking server has the version that it was created with (source: SageMaker API reference,
CreateMlflowTrackingServer), so several versions can be installed beside each other.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from local_test.errors import UserError
from local_test.service.api.api_errors import invalid
from local_test.settings import read_environment

_VERSION = "from importlib.metadata import version; print(version('mlflow'))"


@dataclass(frozen=True)
class Installation:
    """A Python that has MLflow, and MLflow's version."""

    python: Path
    version: str


def find_installation() -> Installation:
    """Return the first installed MLflow. Raises UserError when there is none."""
    for python in _list_pythons():
        return Installation(python, read_version(python))
    raise UserError(
        "MLflow is not installed", "install the extra `mlflow`: pip install 'tandem-local[mlflow]'"
    )


def find_version(wanted: str) -> Installation:
    """Return an installed MLflow of a version; `3.4` is every 3.4.

    Raises UserError when no MLflow is installed, and ApiError when that version is not.
    """
    return _choose(wanted, wanted.split("."))


def find_successor(version: str) -> Installation:
    """Return an installed MLflow that can open the database of a version.

    It is of this version or, since only minor versions change the tables, of another patch.
    Raises UserError when no MLflow is installed, and ApiError when none can.
    """
    return _choose(version, version.split(".")[:2])


def _choose(wanted: str, parts: Sequence[str]) -> Installation:
    find_installation()
    installed = [Installation(python, read_version(python)) for python in _list_pythons()]
    fitting = [one for one in installed if one.version.split(".")[: len(parts)] == [*parts]]
    if not fitting:
        have = ", ".join(dict.fromkeys(one.version for one in installed))
        raise invalid(
            f"MLflow {wanted} is not installed beside the service, which has {have}. "
            "Install it into an environment of its own, put the folder of its command `mlflow` "
            "on the PATH and start the service again."
        )
    return next((one for one in fitting if one.version == wanted), fitting[0])


def _list_pythons() -> Iterator[Path]:
    """Yield the Pythons that have MLflow: this one, then those beside commands on the PATH."""
    if find_spec("mlflow") is not None:
        yield Path(sys.executable)
    for folder in read_environment().get("PATH", "").split(os.pathsep):
        command = Path(folder, "mlflow")
        python = command.resolve().parent / "python"
        if folder and command.is_file() and python.is_file():
            yield python


@cache
def read_version(python: Path) -> str:
    """Return MLflow's version. Raises UserError when that Python cannot tell it."""
    done = subprocess.run(
        [python, "-c", _VERSION], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise UserError(f"{python} has no MLflow: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
