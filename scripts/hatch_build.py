"""Compiles a package's files in C, each to a library beside it, when it is built or installed.

A compiler that the variable CC names must do it. One that is found on the PATH may fail, and there
may be none: what is written in C is written in Python too, or XGBoost does it.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A product and a sum are rounded one after the other, as in XGBoost's own build for x86-64.
_EXACT = ["-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared"]


class CompileHook(BuildHookInterface[Any]):
    """The step before the files of the package are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is one for this kind of machine.

        Raises RuntimeError, with the compiler's own words, where the one that CC names cannot.
        """
        root, libraries = Path(self.root), list[Path]()
        for source in sorted(root.rglob("*.c")):
            library = source.with_name(f"lib{source.stem}.so")
            library.unlink(missing_ok=True)
            why = _compile(source, library)
            if why and os.environ.get("CC"):
                raise RuntimeError(why)
            if why:
                self.app.display_warning(f"{why}: slower, with the same results")
            elif version != "editable":
                build_data["artifacts"].append(str(library.relative_to(root)))
                libraries.append(library)
        if libraries:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{name_platform(libraries)}"


def name_platform(libraries: Iterable[Path]) -> str:
    """Return the platform part of a wheel's tag: the libraries are loaded by any Python 3.

    On Linux the least glibc that has all symbols they need decides, and 2.17 at least (source: PEP
    600); a library of another C library has no such symbols and stays on machines like this one.
    """
    if sys.platform != "linux":
        return re.sub(r"[.-]", "_", sysconfig.get_platform())
    needed = [
        int(minor)
        for library in libraries
        for minor in re.findall(rb"GLIBC_2\.(\d+)", library.read_bytes())
    ]
    system = f"manylinux_2_{max(17, *needed)}" if needed else "linux"
    return f"{system}_{platform.machine()}"


def _compile(source: Path, library: Path) -> str:
    """Compile; says why not where that failed."""
    compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("clang")
    if compiler is None:
        return "no C compiler"
    command = [compiler, *_EXACT, "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{compiler} cannot compile {source.name}: {done.stderr}" if done.returncode else ""
