"""Finds MLflow: in this Python, or by the command `mlflow` on the PATH."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from local_test.errors import UserError

_VERSION = "from importlib.metadata import version; print(version('mlflow'))"


@dataclass(frozen=True)
class Installation:
    """A Python that has MLflow, and MLflow's version."""

    python: Path
    version: str


def find_installation() -> Installation:
    """Return the installed MLflow. Raises UserError when there is none."""
    python = Path(sys.executable)
    if find_spec("mlflow") is None:
        command = shutil.which("mlflow")
        python = Path(command).parent / "python" if command else Path()
        if not python.is_file():
            raise UserError(
                "MLflow is not installed", "run `pip install mlflow sagemaker-mlflow` and try again"
            )
    return Installation(python, read_version(python))


@cache
def read_version(python: Path) -> str:
    """Return MLflow's version. Raises UserError when that Python cannot tell it."""
    done = subprocess.run(
        [python, "-c", _VERSION], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise UserError(f"{python} has no MLflow: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
