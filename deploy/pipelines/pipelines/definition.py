"""Find the pipeline of a module and build it from keyword arguments in JSON."""

import importlib
import json
from typing import Any


class PipelineModuleError(Exception):
    """The module or its arguments cannot make a pipeline."""


def load_pipeline(module_name: str, arguments: str) -> Any:
    """Return what `get_pipeline` of a module returns for keyword arguments, a JSON object.

    Raises PipelineModuleError when there is no such function, or the arguments do not fit.
    """
    try:
        get_pipeline = importlib.import_module(module_name).get_pipeline
    except (ModuleNotFoundError, AttributeError) as error:
        raise PipelineModuleError(f"{module_name}: {error}") from error
    try:
        keywords = json.loads(arguments)
    except ValueError as error:
        raise PipelineModuleError(f"--kwargs is not JSON: {error}") from error
    if not isinstance(keywords, dict):
        raise PipelineModuleError(f"--kwargs is no JSON object: {arguments}")
    try:
        return get_pipeline(**keywords)
    except TypeError as error:
        raise PipelineModuleError(f"{module_name}.get_pipeline: {error}") from error
