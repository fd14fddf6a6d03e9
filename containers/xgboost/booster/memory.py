"""How much memory a training will need, and whether its matrices go into files instead.

Bytes a cell are what XGBoost 3 keeps of it: a bin and, beside it, the same bin by columns.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from booster.data import Dataset
from booster.features import BATCH_CELLS
from booster.recipe import Recipe
from tandem.errors import UserError
from tandem.logs import logger
from tandem.serving.memory import resident
from tandem.serving.sizing import memory_limit
from tandem.settings import MEGABYTE

# Beyond this share of the limit, the matrices of a training go into files.
_SHARE = 0.8
# A cell in bins, with more bins than a byte can tell apart or not; and in floats, twice sorted.
_BINNED, _WIDELY_BINNED, _IN_FLOATS = 6, 8, 20
_ROW, _OUTPUT = 24, 16
# As many batches, and their pages, are in memory at a time.
_AT_A_TIME = 8


@dataclass(frozen=True)
class Estimate:
    """Bytes at the peak, with the matrices in memory and in files; `files` are those files'."""

    in_memory: int
    out_of_core: int
    files: int
    limit: int

    @property
    def too_large(self) -> bool:
        """Whether the matrices should not be held in memory."""
        return self.in_memory > _SHARE * self.limit


def estimate(sets: Mapping[str, Dataset], recipe: Recipe) -> Estimate:
    """Estimate a training's peak memory and log it, beside the limit, with rows and features."""
    training = sets["train"]
    rows = sum(len(held.label) for held in sets.values())
    cells = rows * training.width
    outputs = int(recipe.parameters.get("num_class", 1))
    now = resident() if Path("/proc/self/statm").exists() else 0  # Linux alone has it
    always = now + rows * (_ROW + _OUTPUT * outputs)
    per_cell = _per_cell(recipe)
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = Estimate(
        in_memory=always + cells * per_cell,
        out_of_core=always + min(cells, _AT_A_TIME * BATCH_CELLS) * per_cell,
        files=cells * per_cell,
        limit=min(memory_limit() or physical, physical),
    )
    logger.info(
        "%d rows x %d features: about %d MB of memory at the peak, of %d MB there are",
        rows,
        training.width,
        found.in_memory // MEGABYTE,
        found.limit // MEGABYTE,
    )
    return found


def out_of_core(found: Estimate, recipe: Recipe) -> bool:
    """Say whether the matrices go into files: as the hyperparameter says, or by the estimate."""
    if recipe.external is not None:
        return recipe.external
    if found.too_large and not recipe.quantised:
        logger.warning(
            "this training may need more memory than there is; tree_method hist could use files"
        )
    return found.too_large and recipe.quantised


def check_space(found: Estimate, folder: Path) -> None:
    """Raise UserError where a folder has no room for the files; log it where it has."""
    free = shutil.disk_usage(folder).free
    needed, there = -(-found.files // MEGABYTE), free // MEGABYTE
    if found.files > free:
        raise UserError(
            f"training out of core needs {needed} MB in {folder.parent}, and {there} MB are free",
            remedy="Give the instance a larger volume, or set TMPDIR to a folder with more room",
        )
    logger.info(
        "training out of core: up to %d MB in %s, about %d MB of memory at the peak",
        needed,
        folder.parent,
        found.out_of_core // MEGABYTE,
    )


def _per_cell(recipe: Recipe) -> int:
    if not recipe.quantised:
        return _IN_FLOATS
    return _BINNED if int(recipe.parameters.get("max_bin", 256)) <= 256 else _WIDELY_BINNED
