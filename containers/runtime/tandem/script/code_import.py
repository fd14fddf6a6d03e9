"""Imports of a user's code, whose folder takes precedence over installed packages.

Objects that a training program pickled belong to the module `__main__`; when they are loaded again,
names are looked up in the program that serves, then in the one that trained.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tandem.errors import Location, UserError

_LOCK = threading.RLock()
_FOLDERS: list[str] = []


def import_file(
    code: Path, name: str, packages: Sequence[Path] = (), trained: str = ""
) -> ModuleType:
    """Import the file `name` of the folder `code` as a module, modules beside it importable.

    `packages` are folders searched before the image's own packages. `trained` is the file that was
    `__main__` in training. Raises UserError when the file is not a Python file.
    """
    path = code / name
    stem = path.stem
    with _LOCK:
        _put_first(code, [*packages, path.parent, code])
        specification = importlib.util.spec_from_file_location(stem, path)
        if specification is None or specification.loader is None:
            raise UserError("is not a Python file", where=Location(file=str(path)))
        module = importlib.util.module_from_spec(specification)
        sys.modules[stem] = module
        specification.loader.exec_module(module)
        _stand_in_for_main(module, code, trained)
        return module


@contextmanager
def import_from(code: Path, packages: Sequence[Path] = ()) -> Iterator[None]:
    """Context manager in which modules of a user's folder can be imported, one thread at a time.

    Modules imported from an earlier such folder are removed, those of the image stay. The folder
    stays importable afterwards.
    """
    with _LOCK:
        earlier = tuple(f"{place}/" for place in _FOLDERS)
        for name, module in list(sys.modules.items()):
            if earlier and str(getattr(module, "__file__", None) or "").startswith(earlier):
                del sys.modules[name]
        _set_search_path([*packages, code])
        yield


def is_user_module(name: str) -> bool:
    """Return whether the imported module of this name comes from the user's folder."""
    return bool(relative_to_code(getattr(sys.modules.get(name), "__file__", None) or ""))


def relative_to_code(file: str) -> str:
    """Return a file's path relative to the user's folder, "" when it is elsewhere."""
    code = _FOLDERS[-1] if _FOLDERS else ""
    inside = bool(code) and Path(file).is_relative_to(code)
    return Path(file).relative_to(code).as_posix() if inside else ""


def _put_first(code: Path, places: Sequence[Path]) -> None:
    """Search `places` first, and remove modules that would hide those of the code."""
    _set_search_path(places)
    here = {path.stem for path in code.iterdir() if path.is_dir() or path.suffix == ".py"}
    for name in [name for name in sys.modules if name.partition(".")[0] in _can_hide(here)]:
        del sys.modules[name]


def _set_search_path(places: Sequence[Path]) -> None:
    for place in _FOLDERS:
        sys.path.remove(place)
    _FOLDERS[:] = list(dict.fromkeys(str(place) for place in places))
    sys.path[:0] = _FOLDERS
    importlib.invalidate_caches()


def _can_hide(names: set[str]) -> set[str]:
    protected = sys.stdlib_module_names | {"tandem", "__main__"}
    return names - protected


def _stand_in_for_main(module: ModuleType, code: Path, trained: str) -> None:
    def find(name: str) -> Any:
        if hasattr(module, name):
            return getattr(module, name)
        if trained and not name.startswith("__") and (code / trained).is_file():
            return getattr(_import_program(trained), name)
        raise AttributeError(f"neither {module.__name__} nor {trained or '__main__'} has {name!r}")

    main = sys.modules.setdefault("__main__", ModuleType("__main__"))
    setattr(main, "__getattr__", find)  # noqa: B010 - a module's own hook


def _import_program(trained: str) -> ModuleType:
    return importlib.import_module(".".join(Path(trained).with_suffix("").parts))
