"""Scripts of older scikit-learn: what they import and rely on works in today's, with a warning.

Scripts for Amazon's scikit-learn containers ran for years on scikit-learn 0.20 to 1.2. Since 1.8 a
`Pipeline` refuses to transform when its last step has no attribute that ends in `_`, so a class of
the script whose `fit` sets nothing, or other attributes, fits and then fails each request. Since
1.7 a step must inherit from `BaseEstimator`. And `sklearn.externals.joblib` has gone. No class or
result of scikit-learn's own is changed.
"""

from __future__ import annotations

import dis
import functools
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

Warn = Callable[[str], object]
_JOBLIB = "sklearn.externals.joblib"


def support_older_scripts(warn: Warn) -> None:
    """Support older scripts from now on, whenever scikit-learn is imported; `warn` logs a line."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder(warn))
    for name, change in _CHANGES.items():
        if name in sys.modules:
            change(sys.modules[name], warn)


class _Finder(importlib.abc.MetaPathFinder):
    """An import hook for `sklearn.externals.joblib` and for changed modules of scikit-learn."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._busy = False

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == _JOBLIB:
            return ModuleSpec(name, _Joblib(self._warn))
        if name not in _CHANGES or self._busy:
            return None
        self._busy = True
        try:
            found = importlib.util.find_spec(name)
        finally:
            self._busy = False
        if found is not None and found.loader is not None:
            found.loader = _Changed(found.loader, _CHANGES[name], self._warn)
        return found


class _Joblib(importlib.abc.Loader):
    """The loader of joblib under its old name."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        self._warn("sklearn.externals.joblib has gone from scikit-learn; write 'import joblib'")
        return importlib.import_module("joblib")

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: joblib is loaded."""


class _Changed(importlib.abc.Loader):
    """A loader that changes a module after its import."""

    def __init__(
        self, loader: importlib.abc.Loader, change: Callable[[Any, Warn], None], warn: Warn
    ) -> None:
        self._loader = loader
        self._change = change
        self._warn = warn

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module, self._warn)


def _accept_own_classes(validation: Any, warn: Warn) -> None:
    original = getattr(validation, "_is_fitted", None)  # what every check of scikit-learn asks
    if original is None:  # scikit-learn 1.2 and older, whose pipelines ask nothing
        return
    warned: set[type] = set()

    @functools.wraps(original)
    def is_fitted(estimator: Any, attributes: Any = None, all_or_any: Any = all) -> bool:
        if original(estimator, attributes, all_or_any):
            return True
        if attributes is not None or not _has_fitted_attributes(estimator):
            return False
        kind = type(estimator)
        if kind not in warned:
            warned.add(kind)
            warn(
                f"{kind.__name__} sets no attribute that ends in '_' when it is fitted, which"
                " today's scikit-learn asks for; it is taken as fitted. Give the class a method"
                " __sklearn_is_fitted__ that returns True"
            )
        return True

    validation._is_fitted = is_fitted  # noqa: SLF001


def _give_own_classes_tags(tags: Any, warn: Warn) -> None:
    original = getattr(tags, "get_tags", None)
    if original is None:  # scikit-learn 1.5 and older, which asks for no tags
        return
    warned: set[type] = set()

    @functools.wraps(original)
    def get_tags(estimator: Any) -> Any:
        try:
            return original(estimator)
        except AttributeError:
            kind = type(estimator)
            if kind.__module__.partition(".")[0] == "sklearn" or not hasattr(estimator, "fit"):
                raise
        if kind not in warned:
            warned.add(kind)
            warn(
                f"{kind.__name__} does not inherit from sklearn.base.BaseEstimator, which today's"
                " scikit-learn asks of a step; it is taken as a step without a target. Let the"
                " class inherit from BaseEstimator, named last"
            )
        return tags.Tags(
            estimator_type=getattr(estimator, "_estimator_type", None),
            target_tags=tags.TargetTags(required=False),
            transformer_tags=tags.TransformerTags() if hasattr(estimator, "transform") else None,
        )

    tags.get_tags = get_tags


_CHANGES: Mapping[str, Callable[[Any, Warn], None]] = {
    "sklearn.utils.validation": _accept_own_classes,
    "sklearn.utils._tags": _give_own_classes_tags,
}


def _has_fitted_attributes(estimator: Any) -> bool:
    """Return whether an estimator of a user's class has all attributes that its `fit` sets."""
    fit = getattr(type(estimator), "fit", None)
    code = getattr(fit, "__code__", None)
    if not isinstance(code, CodeType) or str(fit.__module__).partition(".")[0] == "sklearn":
        return False
    if hasattr(estimator, "__sklearn_is_fitted__") or _delegates(code):
        return False
    return all(hasattr(estimator, name) for name in _find_stored_attributes(code))


def _find_stored_attributes(code: CodeType) -> Iterator[str]:
    """Yield the attributes that a function sets on any object."""
    for step in dis.get_instructions(code):
        if step.opname == "STORE_ATTR":
            yield step.argval


def _delegates(code: CodeType) -> bool:
    """Return whether a function may set attributes indirectly: by name, or in a base class."""
    names = set(code.co_names)
    return bool(names & {"setattr", "__dict__", "super"}) or "fit" in names
