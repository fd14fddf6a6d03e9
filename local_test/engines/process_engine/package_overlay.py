"""Python environments of a container's own, on top of the packages of this program's.

A user's program may run pip. It installs into the overlay, which is removed with the container:
the environment of `local-sagemaker` stays as it was.
"""

import shutil
import sysconfig
import venv
from pathlib import Path

from local_test.engines.process_engine import opt_ml_redirect

_SITE = """\
import opt_ml_redirect

opt_ml_redirect.redirect_paths({root!r})
opt_ml_redirect.run_hidden_site({folder!r})
"""
_PIP = '#!/bin/sh\nexec "{python}" -m pip "$@"\n'


def make_overlay(folder: Path, root: Path) -> Path:
    """Make the environment in a new `folder` and return the directory of its programs.

    Its Python opens `root` where a program names `/opt/ml`.
    """
    venv.create(folder, system_site_packages=False, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python3.*/site-packages"))
    below = sysconfig.get_path("purelib")
    shutil.copyfile(opt_ml_redirect.__file__, packages / "opt_ml_redirect.py")
    # By addsitedir also what these packages' own .pth files add is found.
    lines = (
        f"import opt_ml_redirect; opt_ml_redirect.redirect_paths({str(root)!r})",
        f"import site; site.addsitedir({below!r})",
    )
    (packages / "below.pth").write_text("\n".join(lines), encoding="utf-8")
    programs = folder / "bin"
    for name in ("pip", "pip3"):
        program = programs / name
        program.write_text(_PIP.format(python=programs / "python"), encoding="utf-8")
        program.chmod(0o755)
    return programs


def make_redirect(folder: Path, root: Path) -> Path:
    """Make a new `folder` for PYTHONPATH whose modules let Python open `root` as `/opt/ml`.

    Python imports the `sitecustomize` in it at its start, in the image's program and in the user's
    scripts that it starts, whose text may have come from S3.
    """
    folder.mkdir()
    shutil.copyfile(opt_ml_redirect.__file__, folder / "opt_ml_redirect.py")
    site = _SITE.format(root=str(root), folder=str(folder))
    (folder / "sitecustomize.py").write_text(site, encoding="utf-8")
    return folder
