"""Lets a Python program open `/opt/ml`, where no folder can be mounted there.

The text of this module is copied into the environment of a container's own, whose Python imports
it first; it needs the standard library alone. Calls of `open` and of `os` that name a path below
`/opt/ml` then work on the container's folder: also in installed packages, such as the
SageMaker SDK, and in pickled functions, whose text nobody can replace. Libraries that open files
themselves, as those in C++ do, are not reached.
"""

import builtins
import functools
import importlib.machinery
import importlib.util
import io
import os
import sys
from collections.abc import Callable
from typing import Any

_ROOT = "/opt/ml"
_ONE_PATH = (
    *("access", "chdir", "chmod", "chown", "listdir", "lstat", "mkdir", "mkfifo", "open"),
    *("readlink", "remove", "rmdir", "scandir", "stat", "statvfs", "truncate", "unlink", "utime"),
    *("getxattr", "listxattr", "removexattr", "setxattr"),  # not on macOS
)
_TWO_PATHS = ("link", "rename", "replace", "symlink")
_ABILITIES = ("supports_dir_fd", "supports_fd", "supports_follow_symlinks")


def redirect_paths(root: str) -> None:
    """Make `open` and the functions of `os` work on `root` where they are given `/opt/ml`."""

    def move(path: Any) -> Any:
        if isinstance(path, str | os.PathLike):
            text = os.fspath(path)
            if isinstance(text, str) and (text == _ROOT or text.startswith(f"{_ROOT}/")):
                return root + text[len(_ROOT) :]
        return path

    builtins.open = io.open = _wrap(builtins.open, move, 1)
    for names, count in ((_ONE_PATH, 1), (_TWO_PATHS, 2)):
        for name in filter(functools.partial(hasattr, os), names):
            original = getattr(os, name)
            wrapped = _wrap(original, move, count)
            setattr(os, name, wrapped)
            for ability in _ABILITIES:
                able = getattr(os, ability)
                if original in able:
                    able.add(wrapped)


def _wrap(function: Callable[..., Any], move: Callable[[Any], Any], count: int) -> Any:
    """Return the function with its first `count` arguments moved; its keywords stay."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        moved = (move(argument) for argument in arguments[:count])
        return function(*moved, *arguments[count:], **keywords)

    return wrapped


def run_hidden_site(folder: str) -> None:
    """Execute the `sitecustomize` that the one in `folder` hides, if there is one."""
    others = [path for path in sys.path if path != folder]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
