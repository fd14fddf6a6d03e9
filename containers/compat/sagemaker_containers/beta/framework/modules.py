"""Importing a user's module."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["DEFAULT_MODULE_NAME", "exists", "has_requirements", "import_module"]

DEFAULT_MODULE_NAME = "default_user_module_name"


def exists(name: str) -> bool:
    """Return whether there is a module of this name."""
    return importlib.util.find_spec(name) is not None


def has_requirements(path: str) -> bool:
    """Return whether a folder has a requirements.txt."""
    return (Path(path) / "requirements.txt").exists()


def import_module(uri: str, name: str = DEFAULT_MODULE_NAME) -> ModuleType:
    """Import a module from a local folder. Raises ImportError when it is missing."""
    if uri not in sys.path:
        sys.path.insert(0, uri)
    return importlib.import_module(name.removesuffix(".py"))
