"""Split a raw CSV file into training, validation and test rows; cells stay as they are.

It runs in a processing job: `data` holds CSV files with one header row. Outputs:
`split/train.csv` and `split/validation.csv` with the target, `test/records.csv` without it, and
`labels/labels.csv`, the test rows' targets in the same order.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path("/opt/ml/processing")
TRAIN, VALIDATION = 0.7, 0.15


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> None:
    """Split the files of the folder `data`. Exits with a sentence when a file does not fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, help="the column to be predicted")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(words)
    rows = read_rows(root / "data", arguments.target)
    order = np.random.default_rng(arguments.seed).permutation(len(rows))
    ends = [int(TRAIN * len(rows)), int((TRAIN + VALIDATION) * len(rows))]
    train, validation, test = (rows.iloc[part] for part in np.split(order, ends))
    write(train, root / "split" / "train.csv")
    write(validation, root / "split" / "validation.csv")
    write(test.drop(columns=arguments.target), root / "test" / "records.csv")
    write(test[[arguments.target]], root / "labels" / "labels.csv")
    print(f"{len(train)} training, {len(validation)} validation and {len(test)} test rows")


def read_rows(folder: Path, target: str) -> pd.DataFrame:
    """Return the rows of all files as text. Exits when a file lacks the target or its columns."""
    parts = dict[str, pd.DataFrame]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts[path.name] = part = pd.read_csv(path, dtype=str, keep_default_na=False)
        if target not in part.columns:
            sys.exit(f"{path.name}: no column '{target}'. Its columns: {', '.join(part.columns)}.")
        first = next(iter(parts.values()))
        if list(part.columns) != list(first.columns):
            sys.exit(f"{path.name}: its columns differ from those of {next(iter(parts))}.")
    rows = pd.concat(parts.values()) if parts else pd.DataFrame()
    if len(rows) < 20:
        sys.exit(f"{len(rows)} rows in {folder}: too few to split. Give at least 20.")
    return rows


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write rows as CSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, index=False)


if __name__ == "__main__":
    main()
