"""Training data is the same whatever format it comes in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessor.asking import asked
from preprocessor.deciding import decide
from preprocessor.hyperparameters import SCHEMA
from preprocessor.raw import read
from tandem.errors import BadData
from tandem.hyperparameters import resolve
from tandem.job import Channel
from tandem.pipes import Pipe
from tandem.stopping import Stop

CSV = b"size,zone,price\n1.5,A,10\n,B,20\n2,,30\n"
LINES = b"""{"size": 1.5, "zone": "A", "price": 10}
{"zone": "B", "price": 20, "size": null}
{"size": 2, "zone": null, "price": 30}
"""


def parquet() -> bytes:
    out = io.BytesIO()
    columns = {"size": [1.5, None, 2], "zone": ["A", "B", None], "price": [10, 20, 30]}
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def channel(folder: Path, content_type: str, body: bytes) -> Channel:
    (folder / "data").write_bytes(body)
    return Channel("train", folder, content_type)


@pytest.mark.parametrize(
    ("content_type", "body", "first_row"),
    [
        ("text/csv", CSV, 2),
        ("text/csv; header=present", CSV, 2),
        ("application/jsonlines", LINES, 1),
        ("application/x-parquet", parquet(), 1),
    ],
)
def test_every_format_gives_the_same_recipe_and_table(
    tmp_path: Path, content_type: str, body: bytes, first_row: int
) -> None:
    raw = read(channel(tmp_path, content_type, body))
    recipe = decide(raw, asked(resolve(SCHEMA, {"target": "price"})))
    assert [(c.name, c.type, c.missing) for c in recipe.columns] == [
        ("size", "number", 1),
        ("zone", "category", 1),
    ]
    table = recipe.schema().table(raw.files[0])
    assert np.array_equal(table.numbers[:, 0], [1.5, np.nan, 2], equal_nan=True)
    assert table.texts[:, 0].tolist() == ["A", "B", None]
    assert str(raw.where(1, "zone")) == f"train/data, row {first_row + 1}, column 'zone'"


def test_columns_without_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="train/data: the columns have no names"):
        read(channel(tmp_path, "application/jsonlines", b"[1, 2]\n[3, 4]\n"))


def test_every_file_of_a_stream_brings_its_header_again(tmp_path: Path) -> None:
    path = tmp_path / "train"
    (tmp_path / "train_0").write_bytes(CSV + CSV)
    raw = read(Channel("train", path, "text/csv", Pipe(path, Stop())))
    assert raw.column("size") == ["1.5", "", "2"] * 2
    assert [str(raw.where(index, "size")) for index in (2, 3)] == [
        "train_0, row 4, column 'size'",
        "train_0, row 6, column 'size'",
    ]
