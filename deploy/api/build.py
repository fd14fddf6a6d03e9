"""`make api`: the folder that `sam deploy` takes: a template, the function, a model's recipe."""

from __future__ import annotations

import argparse
import shutil
import sys
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from deploy.api.errors import ApiError
from deploy.api.front import fields

HERE = Path(__file__).parent
TEMPLATES = {"rest": HERE / "template.yaml", "http": HERE / "template-http.yaml"}
_RECIPE = "recipe.json"
_LARGEST_RECIPE = 64 << 20
_COMPILED = shutil.ignore_patterns("__pycache__")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make api", description=__doc__)
    parser.add_argument(
        "model", type=Path, metavar="MODEL=...", help="the preprocessor's model.tar.gz"
    )
    parser.add_argument("--front", choices=TEMPLATES, default="rest", help="the kind of API")
    parser.add_argument("--output", type=Path, default=Path("build") / "api")
    arguments = parser.parse_args(words)
    try:
        build(arguments.model, arguments.front, arguments.output)
    except ApiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(f"{arguments.output} is ready: cd {arguments.output} && sam deploy --guided")
    return 0


def build(model: Path, front: str, output: Path) -> Path:
    """Write template and function, over those of before; gives the function's folder.

    Raises ApiError when the model is no artifact of the preprocessor image.
    """
    recipe = read_recipe(model)
    function = output / "function"
    shutil.rmtree(function, ignore_errors=True)
    shutil.copytree(HERE / "front", function / "front", ignore=_COMPILED)
    shutil.copyfile(TEMPLATES[front], output / "template.yaml")
    (function / _RECIPE).write_bytes(recipe)
    return function


def read_recipe(model: Path) -> bytes:
    """Return the recipe of an artifact. Raises ApiError where there is none."""
    try:
        with tarfile.open(model) as archive:
            member = archive.getmember(_RECIPE)
            if member.size > _LARGEST_RECIPE:
                raise ApiError(f"{model}: {_RECIPE} has {member.size} bytes; 64 MB are read")
            stream = archive.extractfile(member)
            content = stream.read() if stream else b""
        fields.read(content)
    except ValueError as error:
        raise ApiError(f"{model}: {_RECIPE} {error}; train with the preprocessor image") from error
    except (OSError, EOFError, zlib.error, tarfile.TarError, KeyError) as error:
        raise ApiError(
            f"{model} has no {_RECIPE}: name the model.tar.gz of a preprocessor's training job"
        ) from error
    return content


if __name__ == "__main__":
    raise SystemExit(main())
