"""The program of a job or an endpoint, named by hyperparameters, variables or the artifact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tandem.contract.hyperparameters import strip_quotes
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings
from tandem.errors import Location, UserError
from tandem.io.atomic_write import write_atomic

PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"
CODE = "code"
MARK = "script.json"
# Files whose loading runs code in them.
PICKLES = (".joblib", ".pkl", ".pickle")
# The name that the SageMaker Python SDK gives the program of a model.
_SERVING = "inference.py"
# The code folder that the SDK names; on a multi-model endpoint each model has its own.
_SDK_CODE = "/opt/ml/model/code"


@dataclass(frozen=True)
class EntryPoint:
    """The entry point's path inside its folder, and the folder or archive, "" if not given."""

    name: str = ""
    source: str = ""

    @property
    def module(self) -> str:
        """The name under which the entry point is imported."""
        return self.name.removesuffix(".py").replace("/", ".")


def find_job_entry_point(texts: Mapping[str, str], settings: Settings) -> EntryPoint:
    """Return the entry point of a training job; its name is empty when the job names none.

    Raises UserError when the name leads out of the code's folder.
    """
    name = strip_quotes(texts.get(PROGRAM, "")) or settings.program
    source = strip_quotes(texts.get(SUBMIT_DIRECTORY, "")) or settings.submit_directory
    return _check(EntryPoint(name, source))


def find_model_entry_point(folder: Path, settings: Settings) -> EntryPoint | None:
    """Return the program that serves, or None when the image's own algorithm does.

    The variable SAGEMAKER_PROGRAM names it, or the artifact of a script: `inference.py` when the
    code has one, else the program that trained it.
    """
    directory = settings.submit_directory
    code = str(folder / CODE) if directory in {"", _SDK_CODE} else directory
    name = settings.program or read_trained_by(folder)
    if name and not settings.program and (folder / CODE / _SERVING).is_file():
        name = _SERVING
    return _check(EntryPoint(name, code)) if name else None


def write_trained_by(program: EntryPoint, folder: Path) -> None:
    """Write the name of the program that trained the artifact into its folder."""
    write_atomic(folder / MARK, json.dumps({"program": program.name}).encode())


def read_trained_by(folder: Path) -> str:
    """Return the name of the program that trained an artifact, "" when none did.

    Raises UserError when the artifact's `script.json` is damaged.
    """
    mark = folder / MARK
    if not mark.is_file():
        return ""
    try:
        name = json.loads(mark.read_bytes())["program"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("does not name a program", where=Location(file=str(mark))) from error
    return str(name)


def check_artifact_code(folder: Path, settings: Settings) -> None:
    """Raise UserError when an artifact has code and TANDEM_ALLOW_ARTIFACT_CODE is false.

    A program that both variables name, and that lies outside the artifact, is the endpoint's own
    and may serve: no code of the artifact is then imported.
    """
    if settings.allow_artifact_code or _is_outside(folder, settings):
        return
    for name in (MARK, CODE):
        path = folder / name
        if path.exists() or path.is_symlink():
            raise UserError(
                "is code of the artifact, which TANDEM_ALLOW_ARTIFACT_CODE=false does not let run",
                where=Location(file=str(path)),
                remedy="Serve a model without code, or set the variable to true for one you trust",
            )


def _is_outside(folder: Path, settings: Settings) -> bool:
    """Return whether the environment names a program and code outside the artifact."""
    source = settings.submit_directory
    if not settings.program or source in {"", _SDK_CODE}:
        return False
    if source.startswith("s3://"):
        return True
    paths = Paths(settings.base_dir)
    place = paths.local(source.removeprefix("file://")).resolve()
    return not any(place.is_relative_to(each.resolve()) for each in (folder, paths.model))


def _check(program: EntryPoint) -> EntryPoint:
    path = Path(program.name)
    if path.is_absolute() or ".." in path.parts:
        raise UserError(
            f"the program {program.name!r} is not inside of its code",
            remedy=f"Give {PROGRAM} as a path inside of the code's folder",
        )
    return program
