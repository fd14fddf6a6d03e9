"""Compiles a package's files in C, each to a library beside it, when it is built or installed.

A compiler that the variable CC names must do it. Without one, and without a C compiler on the
PATH, the package does without: what is written in C is written in Python too, or XGBoost's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A product and a sum are rounded one after the other, as in XGBoost's own build for x86-64.
_EXACT = ["-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared"]


class CompileHook(BuildHookInterface[Any]):
    """The step before the files of the package are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is one for this kind of machine."""
        root = Path(self.root)
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            self.app.display_warning("no C compiler: slower, with the same results")
        for source in sorted(root.glob("*/*/*.c")):
            library = source.with_name(f"lib{source.stem}.so")
            library.unlink(missing_ok=True)
            if compiler is None:
                continue
            subprocess.run([compiler, *_EXACT, "-o", library, source, "-lm"], check=True)
            if version != "editable":
                build_data["artifacts"].append(str(library.relative_to(root)))
                build_data["pure_python"] = False
                build_data["infer_tag"] = True
