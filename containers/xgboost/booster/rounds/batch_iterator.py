"""Passes XGBoost the rows of a data set, a batch at a time, by columns where it can.

XGBoost reads each batch five times, cell by cell, and a cell of a column costs it less than one of
a row: with 30 features a matrix takes a fifth less processor time. The bins are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from booster.data.dataset import Dataset
from booster.model import c_api
from booster.model.category_codes import list_feature_types
from tandem.data.arrays import Float32Array

# XGBoost is told the address of each column of each batch: with more, that is what takes the time.
_MOST_COLUMNS = 512
# Rows that are transposed at a time: they stay in the processor's cache.
_RUN = 1024


class BatchIterator(xgb.DataIter):
    """The batches of a data set, or all rows `at_once`, as often as XGBoost restarts."""

    def __init__(
        self, dataset: Dataset, cache: str | None = None, at_once: csr_matrix | None = None
    ) -> None:
        super().__init__(cache_prefix=cache)
        self._dataset = dataset
        self._at_once = at_once
        self._kinds = list_feature_types(dataset.categorical, dataset.width)
        self._by_column = at_once is None and not self._kinds and dataset.width <= _MOST_COLUMNS
        self._columns: NDArray[np.float32] = np.empty((dataset.width, 0), np.float32)
        self._batches = self._start_batches()

    def reset(self) -> None:
        """Start again."""
        self._batches = self._start_batches()

    def next(self, input_data: Callable[..., Any]) -> bool:
        """Pass on the next batch; return False after the last."""
        batch = next(self._batches, None)
        if batch is None:
            return False
        rows, values = batch
        dataset = self._dataset
        about = {
            "label": dataset.label[rows],
            "weight": dataset.select_weights(rows),
            "qid": None if dataset.group is None else dataset.group[rows],
        }
        if self._by_column:
            c_api.set_columns(self.proxy, self._transpose(values))
            self.proxy.set_info(**about)
        else:
            input_data(data=values, feature_types=self._kinds, **about)
        return True

    def _transpose(self, values: Float32Array) -> Float32Array:
        """Return the features as rows, in memory that stays until the next batch."""
        if self._columns.shape[1] < len(values):
            self._columns = np.empty(values.shape[::-1], np.float32)
        columns = self._columns[:, : len(values)]
        for start in range(0, len(values), _RUN):
            columns[:, start : start + _RUN] = values[start : start + _RUN].T
        return columns

    def _start_batches(self) -> Iterator[tuple[slice, Float32Array | csr_matrix]]:
        if self._at_once is None:
            return self._dataset.read_batches()
        return iter([(slice(None), self._at_once)])
