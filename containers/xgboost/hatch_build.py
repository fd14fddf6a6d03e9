"""Compiles the walk of the trees when the package is built or installed.

A compiler that the variable CC names must do it. Without one, and without a C compiler on the
PATH, the package does without: XGBoost itself predicts then, to the same bits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCE, _LIBRARY = "booster/trees/walk.c", "booster/trees/libwalk.so"
# A product and a sum are rounded one after the other, as in XGBoost's own build for x86-64.
_EXACT = ["-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared"]


class CompileHook(BuildHookInterface[Any]):
    """The step before the files of the package are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is one for this kind of machine."""
        root = Path(self.root)
        (root / _LIBRARY).unlink(missing_ok=True)
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            self.app.display_warning("no C compiler: predictions by XGBoost itself, more slowly")
            return
        subprocess.run([compiler, *_EXACT, "-o", _LIBRARY, _SOURCE, "-lm"], cwd=root, check=True)
        if version != "editable":
            build_data["artifacts"].append(_LIBRARY)
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
