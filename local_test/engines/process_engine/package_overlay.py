"""A Python environment of a container's own, on top of the packages of this program's.

A user's program may run pip. It installs into the overlay, is removed with the container, and
leaves the environment of `local-sagemaker` as it was.
"""

import sysconfig
import venv
from pathlib import Path

_PIP = '#!/bin/sh\nexec "{python}" -m pip "$@"\n'


def make_overlay(folder: Path) -> Path:
    """Make the environment in a new `folder` and return the directory of its programs."""
    venv.create(folder, system_site_packages=False, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python3.*/site-packages"))
    below = sysconfig.get_path("purelib")
    # By addsitedir also what these packages' own .pth files add is found.
    link = f"import site; site.addsitedir({below!r})\n"
    (packages / "below.pth").write_text(link, encoding="utf-8")
    programs = folder / "bin"
    for name in ("pip", "pip3"):
        program = programs / name
        program.write_text(_PIP.format(python=programs / "python"), encoding="utf-8")
        program.chmod(0o755)
    return programs
