"""The versions of the libraries in a local image.

A Docker image names them in the label `local-sagemaker.libraries`, as `name==version` separated by
spaces. A program beside the running Python has the libraries of that Python.
"""

import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from local_test.settings import Settings

LABEL = "local-sagemaker.libraries"
_PACKAGES = {
    "scikit-learn": ("scikit-learn",),
    "xgboost": ("xgboost-cpu", "xgboost"),
    "pandas": ("pandas",),
    "numpy": ("numpy",),
}
"""The libraries that are shown, and the distributions that may bring each."""


def read_image_versions(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the versions that an image's labels name; none where the label is missing."""
    pairs = [word.partition("==") for word in labels.get(LABEL, "").split()]
    return {name: version for name, equals, version in pairs if equals}


def read_program_versions(program: Path, settings: Settings) -> dict[str, str]:
    """Return the versions that a program has; none where it runs on another Python."""
    if program.parent != settings.programs:
        return {}
    installed = {
        name: version
        for name, distributions in _PACKAGES.items()
        if (version := _find_version(distributions))
    }
    return {"python": platform.python_version()} | installed


def _find_version(distributions: tuple[str, ...]) -> str:
    for distribution in distributions:
        for found in metadata.distributions(name=distribution):
            return found.version
    return ""
