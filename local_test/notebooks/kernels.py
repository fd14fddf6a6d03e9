"""Which kernel runs a notebook: the one it names, one by name, or a Python of the user's."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from nbformat.notebooknode import NotebookNode

from local_test.errors import UserError

_PROBE_SECONDS = 60.0


@dataclass(frozen=True)
class KernelChoice:
    """A kernel: its name and the command that starts it, with `{connection_file}` in it."""

    name: str
    command: list[str]

    @property
    def programs(self) -> Path | None:
        """The folder of the kernel's Python and its programs, None if it is not known."""
        program = Path(self.command[0])
        return program.parent if program.is_absolute() else None


class FixedKernelSpecs(KernelSpecManager):
    """Knows one kernel."""

    def __init__(self, choice: KernelChoice) -> None:
        super().__init__()
        self._choice = choice

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel, whatever the name."""
        return KernelSpec(
            argv=self._choice.command, display_name=kernel_name, language="python", name=kernel_name
        )


def choose_kernel(
    notebook: NotebookNode, where: Path, kernel: str | None, python: Path | None
) -> KernelChoice:
    """Return the kernel of `--python`, of `--kernel`, or of the notebook in the file `where`.

    Raises UserError when the notebook names none, or there is no such kernel.
    """
    if python is not None:
        return KernelChoice(str(python), make_ipkernel_cmd(executable=str(python.absolute())))
    name = kernel or notebook.metadata.get("kernelspec", {}).get("name")
    remedy = "choose one with --kernel NAME, such as python3, or with --python FILE"
    if not name:
        raise UserError(f"the notebook names no kernel: {where}", remedy)
    specs = KernelSpecManager()
    try:
        command = specs.get_kernel_spec(name).argv
    except NoSuchKernel as error:
        names = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        raise UserError(f"unknown kernel {name!r}: {where} (there are: {names})", remedy) from error
    if re.fullmatch(r"python[\d.]*", command[0]):  # as jupyter_client reads it
        command = [sys.executable, *command[1:]]
    return KernelChoice(name, command)


def check_python(python: Path, variables: Mapping[str, str]) -> None:
    """Raise UserError when a Python does not start, or lacks ipykernel."""
    try:
        probe = subprocess.run(
            [python, "-c", "import ipykernel"],
            env=variables,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(
            f"Python does not start: {python}: {error}", "name another with --python"
        ) from error
    if probe.returncode:
        raise UserError(
            f"ipykernel is not installed: {python}",
            f"install it with {python} -m pip install ipykernel",
        )
