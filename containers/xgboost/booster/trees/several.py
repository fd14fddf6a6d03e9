"""Many rows walked by several threads at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from booster import native
from booster.inplace import Floats
from booster.native import Held
from booster.trees.proof import Predictor
from tandem.serving.sizing import cpu_quota


@contextmanager
def threaded(walk: Predictor, model: Held) -> Iterator[Predictor]:
    """Let as many threads walk as the model may have, or else as there are processors."""
    asked = int(native.learner(model)["generic_param"]["nthread"])
    threads = asked if asked > 0 else math.ceil(cpu_quota())
    with ThreadPoolExecutor(threads) as pool:

        def predict(features: Floats) -> Floats:
            parts = np.array_split(features, threads)
            return np.concatenate(list(pool.map(walk, parts)))

        yield predict
