"""A plan whose usual rows are computed by feature_rows.c, with the plan's own bits.

Blocks that C cannot compute are left to the plan, and so are rows with a text that training did not
see. Compiled blocks are compared with the plan's before they serve.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from ctypes import c_int, c_int64, c_void_p
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessor.plan.compiled.plan_tables import PlanTables
from preprocessor.plan.fitted_transform import Plan
from tandem.data.arrays import Float32Array
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.schema.fields import Field
from tandem.data.schema.known_texts import CodedTable, Codes, KnownTexts
from tandem.data.tables import Table
from tandem.data.unusual_counts import UnusualCounts
from tandem.io import native_library
from tandem.io.native_library import find_address
from tandem.logs import logger

_SAMPLES = 128


class _Plan(ctypes.Structure):
    """`Plan` in feature_rows.c."""

    _fields_ = (
        *((name, c_void_p) for name in ("programs", "operations", "base", "starts", "changes")),
        *((name, c_int64) for name in ("count", "numbers", "texts", "width")),
    )


@cache
def load_library() -> ctypes.CDLL | None:
    """Return the compiled feature_rows.c; None where this machine has none."""
    library = native_library.load_library(Path(__file__).with_name("feature_rows.c"))
    if library is None:
        return None
    library.tandem_features.argtypes = [c_void_p, c_void_p, c_void_p, c_int64, c_void_p]
    library.tandem_features.restype = c_int
    return library


class CompiledPlan:
    """A plan with compiled blocks; thread-safe."""

    def __init__(self, plan: Plan, fields: Sequence[Field], library: ctypes.CDLL) -> None:
        self._plan, self.width, self.sparse = plan, plan.width, plan.sparse
        self._known = known = KnownTexts.from_fields(fields)
        self._tables = tables = PlanTables(plan, known)
        arrays = tables.programs, tables.operations, tables.base, tables.starts, tables.changes
        numbers = sum(field.kind == "number" for field in fields)
        self._structure = _Plan(
            *map(find_address, arrays),
            *(len(tables.programs), numbers, len(known.columns), plan.width),
        )
        self._address = ctypes.addressof(self._structure)
        self._compute = library.tandem_features
        self._rest = Plan(tuple(block for _, block in tables.rest))
        places = [np.arange(start, start + block.width) for start, block in tables.rest]
        self._places: NDArray[np.intp] = np.concatenate([np.empty(0, np.intp), *places])

    def apply(self, table: Table, counts: UnusualCounts | None = None) -> Float32Array:
        """Return the features as float32, shape (rows, width); `counts` gets unparsable texts."""
        codes = table.codes if isinstance(table, CodedTable) else None
        if codes is None:
            codes = self._known.encode(table.texts)
        is_cross_fitted = table.label is not None and self._plan.rows is not None
        features = None if codes is None or is_cross_fitted else self._transform(table, codes)
        if features is None:
            return self._plan.apply(table, counts)
        if self._rest.blocks:
            features[:, self._places] = self._rest.apply(table, counts)
        return features

    def apply_sparse(self, table: Table, counts: UnusualCounts | None = None) -> SparseMatrix:
        """Return the features as a sparse matrix, as the plan computes them."""
        return self._plan.apply_sparse(table, counts)

    @property
    def compiled(self) -> list[str]:
        """The last step of each compiled block, or `number` of a block without steps."""
        blocks = [block for _, block in self._tables.compiled]
        return [block.replays[-1][0] if block.replays else block.field for block in blocks]

    def agrees(self, fields: Sequence[Field]) -> bool:
        """Return whether blocks are compiled, and all of them have the plan's bits on a sample."""
        for row in _sample_rows(fields, self._known):
            codes = self._known.encode(row.texts)
            features = None if codes is None else self._transform(row, codes)
            if features is None:
                continue
            for start, block in self._tables.compiled:
                expected = np.asarray(block.apply(row)).astype(np.float32)
                if features[:, start : start + block.width].tobytes() != expected.tobytes():
                    return False
        return bool(self._tables.compiled)

    def _transform(self, table: Table, codes: Codes) -> Float32Array | None:
        """Return the features, those of the other blocks 0; None where bits are not certain."""
        numbers = np.ascontiguousarray(table.numbers, dtype=np.float64)
        rows = len(numbers)
        features: Float32Array = np.empty((rows, self.width), dtype=np.float32)
        inputs = find_address(numbers), find_address(codes), rows
        return None if self._compute(self._address, *inputs, find_address(features)) else features


def compile_plan(plan: Plan, fields: Sequence[Field]) -> Plan | CompiledPlan:
    """Return the plan with compiled blocks, or as it is where that changes nothing.

    `fields` are the columns of its tables.
    """
    library = load_library()
    if library is None or plan.sparse:
        return plan
    compiled = CompiledPlan(plan, fields, library)
    with np.errstate(all="ignore"):
        if compiled.agrees(fields):
            return compiled
    logger.debug("the transform's own steps serve: none is compiled, or one with other bits")
    return plan


def _sample_rows(fields: Sequence[Field], known: KnownTexts) -> Iterator[Table]:
    """Yield rows of known texts, and of numbers in the range of training, beyond it and missing."""
    policies = [field.policy for field in fields if field.kind == "number"]
    low = np.array([policy.least for policy in policies])
    high = np.array([policy.high if np.isfinite(policy.high) else 1.0 for policy in policies])
    choices = np.stack(
        [low, high, low / 3 + high / 2, high * 7 + 1, low - 1e9, 0 * low, np.nan * low]
    )
    starts = np.array(known.starts, dtype=np.int32)
    sizes = np.array([len(column or (None,)) for column in known.columns], dtype=np.int32)
    for row in range(_SAMPLES):
        kinds = (row + np.arange(len(policies)) * 3) % len(choices)
        codes = starts + (row + np.arange(len(sizes), dtype=np.int32)) % np.maximum(sizes, 1)
        yield Table(choices[kinds, np.arange(len(policies))][None, :], known.decode(codes[None, :]))
