"""`train` in script mode: fetch the code, install its packages, run its program."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tandem.contract import settings as surroundings
from tandem.contract.entry_point import CODE, EntryPoint, write_trained_by
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings
from tandem.contract.sigterm import Stop
from tandem.errors import ScriptError, Stopped
from tandem.logs import logger
from tandem.script import child_process, environment, requirements, source_dir

# Python runs the module `sitecustomize` it finds there; one of the script's own comes first.
_SITE = Path(__file__).parent / "site"
_NOT_KEPT = ("__pycache__", ".git", ".ipynb_checkpoints")


def train(program: EntryPoint, paths: Paths, settings: Settings, stop: Stop) -> None:
    """Run the user's program as the job; it writes the model, to which its code is added.

    Raises UserError when the code or its packages are unavailable, ScriptError with the program's
    exit code when it fails, and Stopped when a stop was requested.
    """
    job = environment.read(paths, settings)
    code = source_dir.prepare_code(program, paths, settings.archive_limit())
    stop.check()
    packages = requirements.install(code)
    stop.check()
    paths.output_data.mkdir(parents=True, exist_ok=True)
    files = _list_files(code)
    command = _make_command(program, code) + job.to_cmd_args()
    logger.info("script mode: running %s", " ".join([program.name, *job.to_cmd_args()]))
    end = child_process.run_program(command, code, _make_environment(job, code, packages), stop)
    if job.values["is_master"] and any(paths.model.iterdir()):
        _copy_into_model(program, code, files, paths.model)
    _raise_failure(program, end, paths, stop)


def _make_command(program: EntryPoint, code: Path) -> list[str]:
    if (code / "setup.py").is_file():
        return [sys.executable, "-m", program.module]
    if program.name.endswith(".py"):
        return [sys.executable, program.name]
    (code / program.name).chmod(0o755)
    return ["/bin/sh", "-c", f'./{program.name} "$@"', "sh"]


def _make_environment(
    job: environment.Environment, code: Path, packages: Sequence[Path]
) -> Mapping[str, str]:
    inherited = surroundings.copy_environment()
    inherited_path = filter(None, inherited.get("PYTHONPATH", "").split(os.pathsep))
    paths = [*packages, code, *inherited_path, _SITE]
    return {
        **inherited,
        **job.to_env_vars(),
        "CURRENT_HOST": job.values["current_host"],
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        "PYTHONUNBUFFERED": "1",
    }


def _list_files(code: Path) -> list[Path]:
    paths = [path.relative_to(code) for path in sorted(code.rglob("*")) if path.is_file()]
    return [path for path in paths if not any(part in _NOT_KEPT for part in path.parts)]


def _copy_into_model(program: EntryPoint, code: Path, files: Sequence[Path], model: Path) -> None:
    """Copy the code into the artifact, without replacing files that the program wrote."""
    for path in files:
        target = model / CODE / path
        if (code / path).is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(code / path, target)
    write_trained_by(program, model)


def _raise_failure(
    program: EntryPoint, end: child_process.ProgramEnd, paths: Paths, stop: Stop
) -> None:
    if stop.requested:
        raise Stopped(f"stopped on request; {program.name} ended with exit code {end.exit_code}")
    if end.exit_code == 0:
        return
    if paths.failure.exists():  # the program told the platform itself
        raise SystemExit(end.exit_code)
    raise ScriptError(
        f"{program.name} {_describe_end(end)}", exit_code=end.exit_code, details=end.stderr
    )


def _describe_end(end: child_process.ProgramEnd) -> str:
    if end.killed_by:
        hint = ", as the system does when memory runs out" if end.killed_by == "SIGKILL" else ""
        return f"was ended by {end.killed_by}{hint}"
    reason = f": {end.reason}" if end.reason else " and said nothing on standard error"
    return f"ended with exit code {end.exit_code}{reason}"
