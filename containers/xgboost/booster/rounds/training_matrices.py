"""Data sets as XGBoost matrices, built a batch at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from booster.data.dataset import Dataset
from booster.data.features import count_batch_rows
from booster.data.sparse_rows import SPARSE_SHARE, to_sparse
from booster.data.temp_files import choose_folder
from booster.distributed.host_group import SINGLE_HOST, HostGroup
from booster.model.category_codes import list_feature_types
from booster.params.objectives import LearningTask
from booster.params.training_config import TrainingConfig
from booster.rounds.batch_iterator import BatchIterator
from booster.rounds.memory_estimate import check_space, estimate_memory, needs_files
from booster.rounds.xgboost_messages import translate_messages
from tandem.data.arrays import Float32Array
from tandem.machine.page_cache import keep_in_cache

# Sparse batches of fewer rows are passed to XGBoost as one.
_FEW_ROWS = 64
Matrices = dict[str, xgb.DMatrix]


@contextmanager
def prepare_matrices(
    sets: Mapping[str, Dataset], config: TrainingConfig, group: HostGroup = SINGLE_HOST
) -> Iterator[Matrices]:
    """Context manager: yield the matrices of all sets, in memory or in temporary files.

    All hosts do the same. Raises UserError when there is no room for the files.
    """
    needed = estimate_memory(sets, config)
    if not group.any(needs_files(needed, config)):
        with translate_messages():
            matrices = build_matrices(sets, config)
        try:
            yield matrices
        finally:
            matrices.clear()  # also for other holders: the report needs the memory
        return
    with tempfile.TemporaryDirectory(prefix="tandem-matrices-", dir=choose_folder()) as name:
        check_space(needed, Path(name))
        with translate_messages():
            matrices = build_matrices(sets, config, Path(name))
        try:
            with keep_in_cache(Path(name), needed.limit):
                yield matrices
        finally:
            matrices.clear()  # a matrix deletes its files, and warns when they are gone


def build_matrices(
    sets: Mapping[str, Dataset], config: TrainingConfig, folder: Path | None = None
) -> Matrices:
    """Return the matrices of all sets, `train` first, whose cuts the others share.

    They are kept in files of `folder`, where one is given.
    """
    matrices = {"train": build_matrix(sets["train"], config, folder=folder)}
    for name, dataset in sets.items():
        if name != "train":
            matrices[name] = build_matrix(dataset, config, matrices["train"], folder)
    return matrices


def build_matrix(
    dataset: Dataset,
    config: TrainingConfig,
    reference: xgb.DMatrix | None = None,
    folder: Path | None = None,
) -> xgb.DMatrix:
    """Return a data set's matrix; a validation set shares the cuts of `reference`."""
    kinds = list_feature_types(dataset.categorical, dataset.width)
    bins = int(config.parameters.get("max_bin", 256))
    matrix: xgb.DMatrix
    if folder is not None:
        feed = BatchIterator(dataset, str(folder / ("held" if reference else "train")))
        matrix = xgb.ExtMemQuantileDMatrix(
            feed, ref=reference, max_bin=bins, enable_categorical=bool(kinds)
        )
    elif config.quantised:
        feed = BatchIterator(dataset, at_once=_read_present(dataset) if _is_wide(dataset) else None)
        matrix = xgb.QuantileDMatrix(
            feed, ref=reference, max_bin=bins, enable_categorical=bool(kinds)
        )
    else:
        matrix = xgb.DMatrix(
            _read_cells(dataset),
            dataset.label,
            weight=dataset.select_weights(),
            qid=dataset.group,
            feature_types=kinds,
            enable_categorical=bool(kinds),
        )
    if config.objective.task is LearningTask.TIME:
        censored = dataset.label < 0
        matrix.set_float_info("label_lower_bound", np.abs(dataset.label))
        matrix.set_float_info("label_upper_bound", np.where(censored, np.inf, dataset.label))
    return matrix


def _read_cells(dataset: Dataset) -> Float32Array | csr_matrix:
    """Return all features: a dense matrix, or the present values alone where they are few."""
    return _read_present(dataset) if _is_sparse(dataset) else dataset.read_all()


def _read_present(dataset: Dataset) -> csr_matrix:
    """Return the present values."""
    parts = [to_sparse(values) for _, values in dataset.read_batches()]
    sizes = np.concatenate([np.diff(part.starts) for part in parts])
    return csr_matrix(
        (
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([[0], np.cumsum(sizes)]),
        ),
        shape=(len(dataset.label), dataset.width),
    )


def _is_sparse(dataset: Dataset) -> bool:
    cells = len(dataset.label) * dataset.width
    return not dataset.categorical and cells - dataset.count_missing() < SPARSE_SHARE * cells


def _is_wide(dataset: Dataset) -> bool:
    """Return whether batches have few and sparse rows: each is a pass over all features."""
    step = count_batch_rows(dataset.width)
    return step < min(_FEW_ROWS, len(dataset.label)) and _is_sparse(dataset)
