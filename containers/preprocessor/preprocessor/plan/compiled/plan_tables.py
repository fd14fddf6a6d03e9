"""The arrays of feature_rows.c, made of the blocks of a plan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.plan.compiled.number_program import Operation, list_programs
from preprocessor.plan.compiled.text_table import Changes, build_table
from preprocessor.plan.fitted_transform import Block, Plan, ReplayBlock
from tandem.data.schema.known_texts import KnownTexts

_OPERATION = np.dtype([("operand", "f8"), ("kind", "i8")])
_PROGRAM = np.dtype([("feature", "i4"), ("column", "i4"), ("first", "u4"), ("end", "u4")])
_CHANGE = np.dtype([("feature", "i4"), ("value", "f4")])
Array = NDArray[Any]


class PlanTables:
    """The arrays of a plan.

    `compiled` are the blocks that C computes, `rest` the others, each with its first feature.
    """

    def __init__(self, plan: Plan, known: KnownTexts) -> None:
        self.base = np.zeros(plan.width, dtype=np.float32)
        self.compiled: list[tuple[int, ReplayBlock]] = []
        self.rest: list[tuple[int, Block]] = []
        self._operations: list[Operation] = []
        self._programs: list[tuple[int, int, int, int]] = []
        self._changes: list[Changes] = []
        start = 0
        for block in plan.blocks:
            if isinstance(block, ReplayBlock) and self._add(block, start, known):
                self.compiled.append((start, block))
            else:
                self.rest.append((start, block))
            start += block.width
        self.programs = np.array(self._programs, dtype=_PROGRAM)
        self.operations = np.array(self._operations, dtype=_OPERATION)
        self.starts, self.changes = self._sort_changes(known.count)

    def _add(self, block: ReplayBlock, start: int, known: KnownTexts) -> bool:
        """Add a block if it can be compiled, and return whether it can."""
        return self._add_numbers(block, start) or self._add_texts(block, start, known)

    def _add_numbers(self, block: ReplayBlock, start: int) -> bool:
        programs = list_programs(block)
        for column, program in enumerate(programs or ()):
            first = len(self._operations)
            self._operations += program
            place = block.positions[column]
            self._programs.append((start + column, place, first, len(self._operations)))
        return programs is not None

    def _add_texts(self, block: ReplayBlock, start: int, known: KnownTexts) -> bool:
        table = build_table(block, known)
        if table is None:
            return False
        base, changes = table
        self.base[start : start + len(base)] = base
        self._changes.append(Changes(changes.codes, changes.features + start, changes.values))
        return True

    def _sort_changes(self, codes: int) -> tuple[Array, Array]:
        """Return each code's first change, with the end of the last, and the changes."""
        count = sum(len(each.codes) for each in self._changes)
        owners, changes = np.empty(count, dtype=np.int64), np.empty(count, dtype=_CHANGE)
        end = 0
        for each in self._changes:
            part, end = slice(end, end + len(each.codes)), end + len(each.codes)
            owners[part] = each.codes
            changes["feature"][part], changes["value"][part] = each.features, each.values
        order = np.argsort(owners, kind="stable")
        starts = np.searchsorted(owners[order], np.arange(codes + 1)).astype(np.uint32)
        return starts, changes[order]
