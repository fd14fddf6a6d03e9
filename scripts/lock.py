"""Lock again: the checkout for any platform, the images for theirs, on the same versions."""

import sys
from collections.abc import Sequence

from scripts.commands import ROOT, end, run, say
from scripts.project import images
from scripts.wheelhouse import PYTHON

UV = "uv==0.13.8"
CHECKOUT = ("--universal", "--fork-strategy=fewest")
IMAGE = ("--python-platform=x86_64-manylinux_2_28", "--constraints=requirements.lock")


def main() -> None:
    """Write every lock file; `--upgrade` takes the newest versions the requirements allow."""
    upgrade = [flag for flag in sys.argv[1:] if flag == "--upgrade"]
    install()
    compile_("requirements", [*CHECKOUT, *upgrade])
    compile_("tests/clients/sdk", [*CHECKOUT, *upgrade])
    for name in images():
        compile_(f"containers/{name}/requirements", IMAGE)
    compile_("containers/tools", [*IMAGE, *upgrade])


def install() -> None:
    """Give uv an environment of its own under build/."""
    folder = ROOT / "build/uv"
    if not (folder / "bin/uv").exists():
        run([sys.executable, "-m", "venv", str(folder)])
    run([str(folder / "bin/pip"), "--disable-pip-version-check", "install", "--quiet", UV])


def compile_(stem: str, options: Sequence[str]) -> None:
    """Turn STEM.in into STEM.lock."""
    say(f"{stem}.in -> {stem}.lock")
    uv = [str(ROOT / "build/uv/bin/uv"), "pip", "compile", "--quiet", "--no-header"]
    fixed = ["--generate-hashes", f"--python-version={PYTHON}"]
    run([*uv, *fixed, *options, f"{stem}.in", f"--output-file={stem}.lock"])


if __name__ == "__main__":
    end(main)
