"""The inference functions of a script, and the defaults for those it does not define.

(scikit-learn container, `serving.py`; Inference Toolkit, `default_inference_handler.py`.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tandem.errors import BadData, UserError, join_words
from tandem.script import encoders
from tandem.script.error_boundary import ScriptErrorBoundary

_PARTS = ("input_fn", "predict_fn", "output_fn")


@dataclass(frozen=True)
class DefaultFunctions:
    """The defaults for functions that a script does not define; `model_fn` may have none."""

    model_fn: Callable[[str], Any] | None
    input_fn: Callable[[Any, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any]


@dataclass(frozen=True)
class InferenceFunctions:
    """The inference functions of one script: its own, or the defaults."""

    name: str
    model_fn: Callable[..., Any]
    transform: Callable[[Any, Any, str, str], Any]
    execution_parameters_fn: Callable[[], Any] | None = None


def find_functions(
    module: ModuleType, name: str, defaults: DefaultFunctions | None = None
) -> InferenceFunctions:
    """Return the functions of a script; `defaults` are by default those for scikit-learn.

    Raises UserError when there is no `model_fn`, or `transform_fn` and a function it replaces.
    """
    defaults = defaults or SCIKIT_LEARN
    own = {part: _get_function(module, part) for part in ("model_fn", "transform_fn", *_PARTS)}
    model_fn, transform_fn = own["model_fn"] or defaults.model_fn, own["transform_fn"]
    if model_fn is None:
        raise UserError(
            f"{name} has no function model_fn(model_dir)",
            remedy="It loads what the training left in model_dir, and gives the model back",
        )
    replaced = [part for part in _PARTS if own[part] is not None]
    if transform_fn is not None and replaced:
        raise UserError(
            f"{name} has transform_fn, which stands for {join_words(replaced)}, and both",
            remedy="Keep the one or the others",
        )
    transform = (
        _wrap_transform_fn(name, transform_fn)
        if transform_fn
        else _combine_functions(name, own, defaults)
    )
    return InferenceFunctions(
        name,
        _drop_context(model_fn, 1),
        transform,
        _get_function(module, "execution_parameters_fn"),
    )


def default_input_fn(body: Any, content_type: str) -> Any:
    """Return JSON and CSV as float32, NPY with its dtype, with at least two axes.

    Raises UnsupportedFormatError, and BadData when the body does not fit its content type.
    """
    try:
        if content_type == encoders.CSV:
            return encoders.read_csv_rows(body).astype(np.float32)
        array = encoders.decode(body, content_type)
        if content_type == encoders.JSON:
            array = array.astype(np.float32)
    except (ValueError, TypeError, EOFError) as error:
        raise BadData(f"the body cannot be read as {content_type} of numbers") from error
    return array.reshape(1, -1) if array.ndim == 1 else array


def default_predict_fn(data: Any, model: Any) -> Any:
    """Return the result of the model's method `predict`."""
    return model.predict(data)


def default_output_fn(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    """Return the prediction as JSON, CSV or NPY. Raises UnsupportedFormatError."""
    return encoders.encode(prediction, accept), accept


SCIKIT_LEARN = DefaultFunctions(None, default_input_fn, default_predict_fn, default_output_fn)
"""The defaults of Amazon's scikit-learn container."""


def _wrap_transform_fn(
    name: str, transform_fn: Callable[..., Any]
) -> Callable[[Any, Any, str, str], Any]:
    bound = _drop_context(transform_fn, 4)

    def transform(model: Any, body: Any, content_type: str, accept: str) -> Any:
        with ScriptErrorBoundary(name, "transform_fn", reading=True):
            return bound(model, body, content_type, accept)

    return transform


def _combine_functions(
    name: str, own: dict[str, Callable[..., Any] | None], defaults: DefaultFunctions
) -> Callable[[Any, Any, str, str], Any]:
    input_fn = _drop_context(own["input_fn"] or defaults.input_fn, 2)
    predict_fn = _drop_context(own["predict_fn"] or defaults.predict_fn, 2)
    output_fn = _drop_context(own["output_fn"] or defaults.output_fn, 2)

    def transform(model: Any, body: Any, content_type: str, accept: str) -> Any:
        with ScriptErrorBoundary(name, "input_fn", reading=True):
            data = input_fn(body, content_type)
        with ScriptErrorBoundary(name, "predict_fn"):
            prediction = predict_fn(data, model)
        with ScriptErrorBoundary(name, "output_fn"):
            return output_fn(prediction, accept)

    return transform


def _get_function(module: ModuleType, name: str) -> Callable[..., Any] | None:
    function = getattr(module, name, None)
    return function if callable(function) else None


def _drop_context(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Pass None for the trailing parameter `context` that some scripts declare."""
    parameters = list(inspect.signature(function).parameters.values())
    further = parameters[count:]
    if further and further[0].name == "context" and further[0].default is inspect.Parameter.empty:
        return lambda *arguments: function(*arguments, None)
    return function
