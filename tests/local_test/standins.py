"""The stand-in as a program and as an image, under one name."""

import io
import os
import sys
import tarfile
from pathlib import Path

from local_test import settings
from local_test.engines.docker_engine.client import connect
from local_test.errors import EngineError

BIND = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port"
MULTI = "com.amazonaws.sagemaker.capabilities.multi-models"
BASES = ("tandem-base:bookworm", "python:3.11-slim-bookworm", "tandem-xgboost:latest")
PROGRAM = Path(__file__).with_name("standin.py")


def install_program(directory: Path, name: str = "tandem-standin", source: Path = PROGRAM) -> Path:
    """Put a program where the process engine looks for an image, by default the stand-in."""
    first, _, rest = source.read_text(encoding="utf-8").partition("\n")
    assert first.startswith("#!")
    program = directory / name
    program.write_text(f"#!{sys.executable}\n{rest}", encoding="utf-8")
    program.chmod(0o755)
    return program


def find_base_image() -> tuple[str | None, str]:
    """Give an image with Python that is on the engine, or None and what is missing."""
    try:
        with connect(settings.read_settings(), 5) as client:
            tags = {tag for image in client.images.list() for tag in image.tags}
    except EngineError as error:
        return None, str(error).partition(";")[0]
    found = next((base for base in BASES if base in tags), None)
    return found, "no image with Python is on the Docker engine"


def list_required() -> bool:
    return os.environ.get("TANDEM_REQUIRE_DOCKER") == "1"


def build_images(base: str) -> None:
    """Build `tandem-standin`, one without the label, and one without a program."""
    start = f'FROM {base}\nCOPY standin.py /standin.py\nENTRYPOINT ["python3", "/standin.py"]\n'
    recipes = {
        "tandem-standin": f"{start}CMD []\nLABEL {BIND}=true {MULTI}=true\n",
        "tandem-standin-unlabelled": f"{start}CMD []\n",
        "tandem-standin-empty": f"FROM {base}\nENTRYPOINT []\nCMD []\n",
    }
    with connect(settings.read_settings()) as client:
        for name, recipe in recipes.items():
            context = _context(recipe)
            client.images.build(
                fileobj=context, custom_context=True, tag=name, rm=True, forcerm=True
            )


def _context(recipe: str) -> io.BytesIO:
    packed = io.BytesIO()
    files = {"Dockerfile": recipe.encode(), "standin.py": PROGRAM.read_bytes()}
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755
            tar.addfile(member, io.BytesIO(content))
    packed.seek(0)
    return packed
