"""What a new project may consist of.

To add a kind, put its files into `templates/NAME` and an entry into `KINDS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Kind:
    """A kind of files: in which folder they are, and the kinds that they need.

    `entry` is the file to read or run first, below the folder.
    """

    name: str
    summary: str
    folder: str
    entry: str
    needs: Sequence[str] = ()


KINDS = (
    Kind("image", "an image of your own: program, Dockerfile, data", "image", "README.md"),
    Kind("recipe", "a recipe for the preprocessor image, with data", "recipe", "README.md"),
    Kind("pipeline", "a SageMaker pipeline in boto3, with data", "pipeline", "README.md"),
    Kind(
        "ci",
        "a GitHub workflow that builds, checks and trains the image",
        ".github",
        "workflows/local-sagemaker.yml",
        needs=("image",),
    ),
)
NAMES = tuple(kind.name for kind in KINDS)
