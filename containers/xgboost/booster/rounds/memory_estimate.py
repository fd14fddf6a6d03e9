"""Estimates the memory of a training, and whether its matrices go into files.

The peak is the larger of two: while the cuts are computed, a sketch a feature; during the rounds
the bins, the state of each row, and a histogram a node. `docs/memory.md` has the measurements.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from booster.data.dataset import Dataset
from booster.data.features import BATCH_CELLS
from booster.data.sparse_rows import SPARSE_SHARE
from booster.data.temp_files import is_in_memory
from booster.params.training_config import TrainingConfig
from tandem.contract.settings import MEGABYTE
from tandem.errors import UserError
from tandem.logs import logger
from tandem.machine.cgroup import memory_limit
from tandem.machine.process_memory import read_resident_memory

# Beyond this share of the limit, the matrices of a training go into files.
_SHARE = 0.8
# Bytes of a row, and of each of its outputs; of a bin's sum of gradients, and of a sketch's entry.
_ROW, _OUTPUT, _SUM, _ENTRY = 28, 16, 16, 16
# A number in a matrix of numbers, beside which there is the array it is made of.
_NUMBER, _FLOAT = 8, 4
# A present value by rows where others are missing; by columns where most are missing.
_WITH_GAPS, _SCATTERED = 4, 9
# XGBoost's own: entries of a sketch for each bin, levels of a sketch at least, histograms kept.
_FINENESS, _LEVELS, _MOST_NODES = 8, 5, 65536
# Batches and their pages that are in memory at a time, and what is small.
_AT_A_TIME, _BESIDE = 3, 16 * MEGABYTE


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes at the peak, with the matrices in memory and in files; `files`: size of these files."""

    in_memory: int
    out_of_core: int
    files: int
    limit: int

    @property
    def too_large(self) -> bool:
        """Whether the matrices should not be kept in memory."""
        return self.in_memory > _SHARE * self.limit


def estimate_memory(sets: Mapping[str, Dataset], config: TrainingConfig) -> MemoryEstimate:
    """Estimate a training's peak memory in bytes, and log it with the limit."""
    training = sets["train"]
    rows = sum(len(dataset.label) for dataset in sets.values())
    cells = rows * training.width
    now = read_resident_memory() if Path("/proc/self/statm").exists() else 0  # on Linux only
    always = now + _BESIDE + rows * (_ROW + _OUTPUT * _count_outputs(config))
    missing = {name: dataset.count_missing() for name, dataset in sets.items()}
    shape = len(training.label), training.width
    present = shape[0] * shape[1] - missing["train"]
    rounds = _estimate_histograms(*shape, present, config)
    sketches = _estimate_sketches(*shape, present, config)
    matrices = _estimate_matrices(cells, sum(missing.values()), config)
    pages = matrices * min(1, _AT_A_TIME * BATCH_CELLS / max(1, cells))
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    estimate = MemoryEstimate(
        in_memory=always + max(sketches, matrices + rounds),
        out_of_core=always + max(sketches, int(pages) + rounds),
        files=matrices,
        limit=min(memory_limit() or physical, physical),
    )
    logger.info(
        "%d rows x %d features: estimated peak memory %d MB (%d MB available)",
        rows,
        training.width,
        estimate.in_memory // MEGABYTE,
        estimate.limit // MEGABYTE,
    )
    return estimate


def needs_files(estimate: MemoryEstimate, config: TrainingConfig) -> bool:
    """Return whether the matrices go into files: by hyperparameter, or else by the estimate."""
    if config.external is not None:
        return config.external
    if estimate.too_large and not config.quantised:
        logger.warning(
            "this training may need more memory than there is; tree_method hist could use files"
        )
    return estimate.too_large and config.quantised


def check_space(estimate: MemoryEstimate, folder: Path) -> None:
    """Raise UserError when a folder has no room for the files; else log their size.

    Logs a warning when the folder is a tmpfs.
    """
    free = shutil.disk_usage(folder).free
    needed, available = -(-estimate.files // MEGABYTE), free // MEGABYTE
    if estimate.files > free:
        raise UserError(
            f"training out of core needs {needed} MB in {folder.parent},"
            f" and {available} MB are free",
            remedy="Give the instance a larger volume, or set TMPDIR to a folder with more room",
        )
    logger.info(
        "training out of core: up to %d MB in %s, estimated peak memory %d MB",
        needed,
        folder.parent,
        estimate.out_of_core // MEGABYTE,
    )
    if is_in_memory(folder):
        logger.warning(
            "%s is a tmpfs, and files there are memory: set TMPDIR to a folder on a disk",
            folder.parent,
        )


def _count_outputs(config: TrainingConfig) -> int:
    return int(config.parameters.get("num_class", 1))


def _count_bins(config: TrainingConfig) -> int:
    return int(config.parameters.get("max_bin", 256))


def _estimate_matrices(cells: int, missing: int, config: TrainingConfig) -> int:
    """Return the bytes of all matrices; without missing values, a bin is stored twice."""
    present = cells - missing
    size = 1 if _count_bins(config) <= 256 else 2
    if not config.quantised:
        beside = present * _NUMBER if present < SPARSE_SHARE * cells else cells * _FLOAT
        return present * (2 * _NUMBER if _is_exact(config) else _NUMBER + _WITH_GAPS) + beside
    if not missing:
        return 2 * size * cells
    columns = min(present * _SCATTERED, cells * size + cells // 8)
    return present * _WITH_GAPS + columns


def _estimate_sketches(rows: int, width: int, present: int, config: TrainingConfig) -> int:
    """Return the bytes of the sketches from which cuts are computed.

    A feature with few present values, as most in a wide LIBSVM file, has no more entries.
    """
    if _is_exact(config):
        return 0
    levels = 1
    while _count_entries(levels, rows, config) << levels < rows:
        levels += 1
    entries = min(width * _count_entries(levels, rows, config), present + width)
    return entries * _ENTRY * (levels + _LEVELS)


def _count_entries(levels: int, rows: int, config: TrainingConfig) -> int:
    return min(rows, levels * _FINENESS * _count_bins(config) + 1)


def _estimate_histograms(rows: int, width: int, present: int, config: TrainingConfig) -> int:
    """Return the bytes of the histograms of one tree's nodes."""
    if _is_exact(config):
        return 0
    depth = int(config.parameters.get("max_depth", 6))
    leaves = int(config.parameters.get("max_leaves", 0))
    most = [_MOST_NODES, max(1, rows)]
    most += [2**depth - 1] if depth else []
    most += [2 * leaves] if leaves else []
    together = config.parameters.get("multi_strategy") == "multi_output_tree"
    targets = _count_outputs(config) if together else 1
    bins = min(width * min(rows, _count_bins(config)), present + width)
    return min(most) * bins * _SUM * targets


def _is_exact(config: TrainingConfig) -> bool:
    return config.linear or config.parameters.get("tree_method") == "exact"
