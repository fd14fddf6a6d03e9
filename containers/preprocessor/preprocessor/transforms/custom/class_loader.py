"""Loading of the transformer classes of a recipe: `module.Class`, of the job or scikit-learn."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from tandem.errors import UserError, did_you_mean, join_words
from tandem.script import code_import
from tandem.script.error_boundary import ScriptErrorBoundary

_LIBRARY = "sklearn."
_NEEDED = ("fit", "transform", "get_feature_names_out", "get_params", "set_params")


def is_job_class(name: str) -> bool:
    """Return True if a class is of the job's code, not of scikit-learn."""
    return not name.startswith(_LIBRARY)


def create_transformer(name: str, parameters: Mapping[str, Any]) -> Any:
    """Return a new unfitted transformer of the named class.

    Raises UserError when there is no such class, it is no transformer, or it does not accept the
    parameters. Raises ScriptError when its own code fails.
    """
    loaded = _load_class(name)
    missing = [word for word in _NEEDED if not callable(getattr(loaded, word, None))]
    if not isinstance(loaded, type) or missing:
        what = f"it has no {join_words(missing, 'or')}" if missing else "it is no class"
        raise UserError(
            f"{name} is no transformer: {what}",
            remedy="Derive it from sklearn.base's BaseEstimator and TransformerMixin, and give it"
            " fit, transform and get_feature_names_out",
        )
    _check_parameters(name, loaded, parameters)
    with ScriptErrorBoundary(name, "the constructor", starting=True):
        return loaded(**parameters)


def check_transformer(name: str, parameters: Mapping[str, Any]) -> None:
    """Check, before anything is fitted, that the transformer can be created and cloned.

    Raises UserError and ScriptError as `create_transformer` does. Raises UserError when a module of
    the image hides the class's module, or the transformer cannot be cloned.
    """
    transformer = create_transformer(name, parameters)
    module = name.rpartition(".")[0]
    if is_job_class(name) and not code_import.is_user_module(module):
        raise UserError(
            f"{name}: the image has a module {module} of its own, which comes first",
            remedy="Give your module another name",
        )
    _check_clone(name, transformer)


def _load_class(name: str) -> Any:
    module, _, word = name.rpartition(".")
    if not module:
        raise UserError(f"{name!r} is no class", remedy="Name it as module.Class")
    imported = _import_module(module)
    if not hasattr(imported, word):
        classes = [key for key, value in vars(imported).items() if isinstance(value, type)]
        hint = did_you_mean(word, classes)
        raise UserError(f"module {module} has no class {word!r}" + (f"; {hint}" if hint else ""))
    return getattr(imported, word)


def _import_module(module: str) -> ModuleType:
    with ScriptErrorBoundary(module, "the import", starting=True):
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not error.name or not f"{module}.".startswith(f"{error.name}."):
                raise
            raise UserError(
                f"there is no module {error.name!r}",
                remedy="The code of the job, its channel 'code' or the SDK's source_dir, must hold"
                f" it as {error.name.replace('.', '/')}.py",
            ) from error


def _check_parameters(name: str, class_: type, parameters: Mapping[str, Any]) -> None:
    accepted = inspect.signature(class_).parameters
    for parameter in parameters:
        if parameter not in accepted:
            hint = did_you_mean(parameter, accepted)
            rest = f"It takes {join_words(list(accepted)) or 'none'}"
            raise UserError(
                f"{name} takes no parameter {parameter!r}" + (f"; {hint}" if hint else ""),
                remedy="" if hint else rest,
            )


def _check_clone(name: str, transformer: Any) -> None:
    from sklearn.base import clone

    with ScriptErrorBoundary(name, "the constructor", starting=True):
        try:
            clone(transformer)
        except (AttributeError, RuntimeError, TypeError) as error:
            raise UserError(
                f"{name} cannot be cloned, as scikit-learn does before it fits:"
                f" {str(error).splitlines()[0]}",
                remedy="Its constructor must keep every parameter as it is, under its own name,"
                " and do nothing else",
            ) from error
