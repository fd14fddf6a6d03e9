"""A block computed by a custom transformer, and the translation of its errors."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from preprocessor.plan import sklearn_block
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.transforms.kernels.arrays import Array, RowIndices
from tandem.contract import settings
from tandem.contract.entry_point import CODE
from tandem.data.tables import Table
from tandem.errors import BadData, Location, ScriptError, UserError, join_words
from tandem.script import code_import
from tandem.script.error_boundary import ScriptErrorBoundary

_REASON = 200


@dataclass(frozen=True)
class CustomBlock(SklearnBlock):
    """A block served by the custom class `name`; `types` of the job's code are in its file.

    It transforms one request at a time, because such classes need not be thread-safe.
    """

    name: str = ""
    types: tuple[str, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    def apply(
        self,
        table: Table,
        training_indices: RowIndices | None = None,  # noqa: ARG002
        unread: dict[str, int] | None = None,
    ) -> Array:
        """Return the block's features as float64, shape (rows, width).

        Raises BadData, with row and column, when the class raises ValueError. Raises ScriptError
        when it fails otherwise, or returns another shape than its feature names.
        """
        frame = self._build_frame(table)
        self._count_unread(frame, unread)
        with self._lock, ScriptErrorBoundary(self.name, "transform"):
            try:
                return self._check_shape(self._transform(frame), len(frame))
            except ValueError as error:
                raise self._locate_refusal(frame, error) from error

    def to_json(self) -> dict[str, Any]:
        """Return the block as JSON values."""
        return {**super().to_json(), "own": self.name, "types": list(self.types)}

    def transform(self, table: Table) -> Any:
        """Return the raw result of the class, and raise what it raises."""
        return self._transform(self._build_frame(table))

    def _transform(self, values: Any) -> Any:
        """Apply the steps one by one: Pipeline rejects steps without fitted attributes."""
        for _, step in self.estimator.steps:
            values = step.transform(values)
        return values

    def _check_shape(self, features: Any, rows: int) -> Array:
        dense = np.asarray(features.toarray() if hasattr(features, "toarray") else features)
        if dense.shape != (rows, self.width):
            shape = " x ".join(map(str, dense.shape)) or "one value"
            raise ScriptError(
                f"{self.name} gives {shape} for {rows} rows, and it names {self.width} features"
            )
        if dense.dtype.kind not in "fiub" and not _is_numeric(dense):
            raise ScriptError(f"{self.name} gives texts or objects, and features are numbers")
        return dense.astype(np.float64)

    def _locate_refusal(self, frame: Any, error: ValueError) -> BadData:
        """Return BadData with the first rejected row, found by bisection."""
        low, high = 0, len(frame)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._refuses(frame[low:middle]) else (middle, high)
        row = low + 1 if self._refuses(frame[low:high]) else None
        single = self.columns[0] if len(self.columns) == 1 else None
        columns = "" if single else f"columns {join_words([repr(name) for name in self.columns])}: "
        why = " ".join(str(error).split())[:_REASON]
        return BadData(f"{columns}{self.name} refuses it: {why}", where=Location(None, row, single))

    def _refuses(self, frame: Any) -> bool:
        try:
            self._transform(frame)
        except ValueError:
            return True
        return False


def load_block(values: Mapping[str, Any], folder: Path) -> CustomBlock:
    """Load a block; the code of its artifact must be importable.

    Raises UserError when the file holds a type that is not of this code.
    """
    settings.limit_to_one_thread()
    types = tuple(values["types"])
    return CustomBlock(
        field=values["field"],
        positions=tuple(values["positions"]),
        columns=tuple(values["columns"]),
        width=values["width"],
        file=values["fitted"],
        estimator=sklearn_block.load_estimator(
            folder / values["fitted"], import_types(types, folder / CODE)
        ),
        name=values["own"],
        types=types,
    )


def import_types(types: tuple[str, ...], code: Path) -> tuple[str, ...]:
    """Import the modules of `types`, and return `types`.

    Raises UserError when a module is not in the folder `code`, and ScriptError when it cannot be
    imported.
    """
    for name in types:
        module = name.rpartition(".")[0]
        path = code.joinpath(*module.split("."))
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            with ScriptErrorBoundary(module, "the import", starting=True):
                importlib.import_module(module)
            if code_import.is_user_module(module):
                continue
        raise UserError(f"the type {name} is not of the artifact's code, and is not loaded")
    return types


def _is_numeric(values: Array) -> bool:
    if values.dtype.kind != "O" or any(isinstance(value, str) for value in values.flat):
        return False
    try:
        values.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True
