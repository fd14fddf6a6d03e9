"""The packages of a script's `requirements.txt`, installed on top of those of the image.

pip installs into a separate environment that sees the image's packages: requirements they satisfy
are not downloaded, other versions take precedence, and the image itself is unchanged.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from tandem.errors import UserError
from tandem.logs import logger

NAME = "requirements.txt"
# The images hold pip only as this archive: nothing but this module finds it.
_ARCHIVE = Path(sys.prefix) / "share" / "tandem" / "pip.zip"
_OPTIONS = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries=2"]
_REMEDY = (
    "Without a network, put the wheels beside the script and write '--no-index' and"
    " '--find-links wheels' into the file; what an image of yours holds needs no line in it"
)


def install(code: Path) -> list[Path]:
    """Install `requirements.txt` if there is one. Return the folders to be searched first.

    Raises UserError with pip's message when it fails.
    """
    if not (code / NAME).is_file():
        return []
    overlay = Path(tempfile.mkdtemp(prefix="packages-"))
    venv.create(overlay, system_site_packages=False, with_pip=False, symlinks=True)
    packages = next(overlay.glob("lib/python3.*/site-packages"))
    (packages / "image.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    logger.info("installing %s", NAME)
    python = ["--python", str(overlay / "bin" / "python")]
    command = [sys.executable, *_find_pip(), *python, "install", *_OPTIONS, "--requirement", NAME]
    ended = subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.stderr.write(ended.stderr)
        raise UserError(
            f"{NAME} cannot be installed: {_extract_reason(ended.stderr)}", remedy=_REMEDY
        )
    return [packages]


def _find_pip() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return ["-m", "pip"]
    if _ARCHIVE.is_file():
        return [str(_ARCHIVE / "pip")]
    raise UserError(f"this image has no pip, and the code has a {NAME}", remedy=_REMEDY)


def _extract_reason(text: str) -> str:
    errors = [line.removeprefix("ERROR: ") for line in text.splitlines() if "ERROR" in line]
    return errors[0] if errors else "pip failed without saying why"
