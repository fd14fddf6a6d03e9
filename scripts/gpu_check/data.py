"""The rows of the check: a target of products and sums, half of it noise-free."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

WIDTH = 30
_CONTENT_TYPE = "application/x-parquet"


def write_rows(folder: Path, rows: int, seed: int) -> npt.NDArray[np.float32]:
    """Write rows in Parquet, label first, and return them, of shape (rows, 1 + WIDTH)."""
    generator = np.random.default_rng(seed)
    table = generator.standard_normal((rows, 1 + WIDTH), dtype=np.float32)
    noise = 0.1 * table[:, 0]
    table[:, 0] = table[:, 1] * table[:, 2] + np.abs(table[:, 3]) + noise
    columns = {f"c{place:02d}": column for place, column in enumerate(table.T)}
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    return table


def write_job(tree: Path, data: Path, device: str, rounds: int) -> None:
    """Fill the tree that stands for /opt/ml; `data` is where the container finds the channel."""
    for part in ("input/config", "input/data", "model", "output"):
        (tree / part).mkdir(parents=True, exist_ok=True)
    (tree / "input" / "data" / "train").symlink_to(data)
    hyperparameters = {"num_round": rounds, "max_depth": 8, "device": device, "seed": 1}
    channel = {"ContentType": _CONTENT_TYPE, "TrainingInputMode": "File"}
    files = {
        "hyperparameters": {name: str(value) for name, value in hyperparameters.items()},
        "inputdataconfig": {"train": channel},
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
    }
    for name, content in files.items():
        (tree / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
