"""Predictions for many rows in several threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from booster.model import c_api
from booster.model.c_api import BoosterHandle
from booster.predict.trees.equivalence_check import Predictor
from tandem.data.arrays import Float32Array
from tandem.machine.cgroup import cpu_quota


@contextmanager
def open_threaded(predictor: Predictor, model: BoosterHandle) -> Iterator[Predictor]:
    """Context manager: yield a predictor that splits rows between threads.

    There are as many threads as the model's `nthread`, or else as processors.
    """
    nthread = int(c_api.read_config(model)["generic_param"]["nthread"])
    threads = nthread if nthread > 0 else math.ceil(cpu_quota())
    with ThreadPoolExecutor(threads) as pool:

        def predict(features: Float32Array) -> Float32Array:
            parts = np.array_split(features, threads)
            return np.concatenate(list(pool.map(predictor, parts)))

        yield predict
