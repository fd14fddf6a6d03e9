"""Functions of a user's scripts: `preprocess_handler` and `postprocess_handler`.

(Developer Guide, "Preprocessing and postprocessing".)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analyzer.dataset.captures import Capture
from analyzer.dataset.cells import to_cell
from analyzer.dataset.chunks import name_position
from tandem.errors import ScriptError, UserError
from tandem.logs import logger
from tandem.script.code_import import import_file
from tandem.script.error_boundary import ScriptErrorBoundary

PREPROCESS, POSTPROCESS = "preprocess_handler", "postprocess_handler"


class RecordHandler:
    """The `preprocess_handler` of a script: a capture becomes no row, one, or several."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._function = load_function(script, PREPROCESS)
        with_logger = len(inspect.signature(self._function).parameters) > 1
        self._more = (logger,) if with_logger else ()

    def make_rows(self, capture: Capture) -> list[dict[str, str]]:
        """Return the rows that the script makes of a capture.

        Names that are digits alone are places, in the order of their texts. Raises ScriptError when
        the function fails, or returns neither a dictionary nor a list of dictionaries.
        """
        with ScriptErrorBoundary(self._script.name, PREPROCESS, starting=True):
            result = self._function(capture.to_record(), *self._more)
        if not result:
            return []
        rows = result if isinstance(result, list) else [result]
        if not all(isinstance(row, Mapping) for row in rows):
            raise ScriptError(
                f"{PREPROCESS} of {self._script.name} returned {type(result).__name__}, and must "
                "return a dictionary, a list of dictionaries, or None"
            )
        return [_to_cells(row) for row in rows if row]


def run_postprocessing(script: Path) -> None:
    """Call the `postprocess_handler` of a script. Raises ScriptError when it fails."""
    function = load_function(script, POSTPROCESS)
    with ScriptErrorBoundary(script.name, POSTPROCESS, starting=True):
        function()


def load_function(script: Path, name: str) -> Callable[..., Any]:
    """Return a function of a script.

    Raises UserError when the file or the function is missing, ScriptError when the import fails.
    """
    if not script.is_file():
        raise UserError(f"the script {script.name} is missing: {script}")
    with ScriptErrorBoundary(script.name, "the import", starting=True):
        module = import_file(script.parent, script.name)
    function = getattr(module, name, None)
    if not callable(function):
        raise UserError(f"{script.name} has no function {name}", remedy=f"Define {name}")
    return function  # type: ignore[no-any-return]


def _to_cells(row: Mapping[Any, Any]) -> dict[str, str]:
    cells = {str(name): to_cell(value) for name, value in row.items()}
    if all(name.isdigit() for name in cells):
        return {name_position(index): cells[name] for index, name in enumerate(sorted(cells))}
    return cells
