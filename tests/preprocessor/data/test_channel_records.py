"""Training data is the same whatever format it comes in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessor.data.channel_records import read_channel
from preprocessor.fit.in_memory import InMemoryDataset
from preprocessor.fit.out_of_core.dask_local import LocalEngine
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe.recipe_request import merge_request
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.pipe_mode import Pipe
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.errors import BadData

PARQUET = "application/x-parquet"
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
    raw = read_channel(channel(tmp_path, content_type, body))
    recipe = build_recipe(raw, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"})))
    assert [(c.name, c.type, c.missing) for c in recipe.columns] == [
        ("size", "number", 1),
        ("zone", "category", 1),
    ]
    table = recipe.build_schema().to_table(raw.files[0])
    assert np.array_equal(table.numbers[:, 0], [1.5, np.nan, 2], equal_nan=True)
    assert table.texts[:, 0].tolist() == ["A", "B", None]
    assert str(raw.locate(1, "zone")) == f"train/data, row {first_row + 1}, column 'zone'"


def test_columns_without_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="train/data: the columns have no names"):
        read_channel(channel(tmp_path, "application/jsonlines", b"[1, 2]\n[3, 4]\n"))


def test_every_file_of_a_stream_brings_its_header_again(tmp_path: Path) -> None:
    path = tmp_path / "train"
    (tmp_path / "train_0").write_bytes(CSV + CSV)
    raw = read_channel(Channel("train", path, "text/csv", Pipe(path, Stop())))
    assert raw.list_cells("size") == ["1.5", "", "2"] * 2
    assert [str(raw.locate(index, "size")) for index in (2, 3)] == [
        "train_0, row 4, column 'size'",
        "train_0, row 6, column 'size'",
    ]


ODD = [[1], None, [2, 3]]
NESTED = {
    "application/x-parquet": (
        "column 'odd': the column holds values of the type list<element: int64>",
        {"size": [1.5, None, 2], "odd": ODD, "zone": ["A", "B", None], "price": [10, 20, 30]},
    ),
    "application/jsonlines": (
        "row 1, column 'odd': a value must be a number, a text, a boolean or null",
        {"size": [1.5, None, 2], "odd": ODD, "zone": ["A", "B", None], "price": [10, 20, 30]},
    ),
}


@pytest.mark.parametrize("parts", [True, False])
@pytest.mark.parametrize("content_type", NESTED)
def test_a_nested_column_is_read_over_where_it_is_dropped(
    tmp_path: Path, content_type: str, parts: bool
) -> None:
    sentence, columns = NESTED[content_type]
    frame, out = pa.table(columns), io.BytesIO()
    if content_type.endswith("parquet"):
        pq.write_table(frame, out)
    else:
        out.write(b"\n".join(json.dumps(row).encode() for row in frame.to_pylist()))
    train = channel(tmp_path, content_type, out.getvalue())
    data = (
        OutOfCoreDataset.from_engine(LocalEngine(train, Stop()), frozenset({""}))
        if parts
        else read_channel(train)
    )
    recipe = build_recipe(
        data, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price", "drop": "odd"}))
    )
    assert [(c.name, c.type) for c in recipe.columns] == [
        ("size", "number"),
        ("odd", "drop"),
        ("zone", "category"),
    ]
    for used in (
        {"target": "price"},
        {"target": "odd"},
        {"target": "price", "weight": "odd"},
        {"target": "price", "columns": '{"odd": "category"}'},
        {"target": "price", "drop": "odd", "interactions": '[["odd", "zone"]]'},
    ):
        with pytest.raises(BadData) as caught:
            build_recipe(data, merge_request(resolve_hyperparameters(SCHEMA, used)))
        assert sentence in str(caught.value)


def test_a_nested_value_far_down_a_file_is_named_with_its_row(tmp_path: Path) -> None:
    row = {"size": 1.5, "odd": "x" * 100, "zone": "A", "price": 10}
    lines = [json.dumps(row)] * 30_000 + [json.dumps({**row, "odd": {"a": 1}})]
    train = channel(tmp_path, "application/jsonlines", "\n".join(lines).encode())
    data = OutOfCoreDataset.from_engine(LocalEngine(train, Stop()), frozenset({""}))
    with pytest.raises(BadData, match="train/data, row 30001, column 'odd'"):
        build_recipe(data, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"})))


def test_dates_in_parquet_and_csv_make_one_transform(tmp_path: Path) -> None:
    moments = pd.date_range("2024-03-30 22:30", periods=30, freq="7h", tz="Europe/Berlin")
    frame = pd.DataFrame({"zoned": moments, "naive": moments.tz_localize(None)})
    frame["day"] = frame["naive"].dt.normalize()
    frame["kind"] = pd.Categorical(["a", "b", "c"] * 10)
    frame["left"] = frame["naive"].where(frame.index % 3 > 0)
    frame["price"] = range(30)
    out = io.BytesIO()
    frame.to_parquet(out)
    channels = [("text/csv", frame.to_csv(index=False).encode()), (PARQUET, out.getvalue())]
    models = []
    for content_type, body in channels:
        folder = tmp_path / content_type.replace("/", "-")
        folder.mkdir()
        whole = InMemoryDataset(*vars(read_channel(channel(folder, content_type, body))).values())
        done = whole.fit(
            build_recipe(whole, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"})))
        )
        models.append((done.recipe.to_json(), done.plan.to_json()))
        assert {c.name: c.type for c in done.recipe.columns} == {
            **dict.fromkeys(["zoned", "naive", "day", "left"], "datetime"),
            "kind": "category",
        }
    assert models[0] == models[1]
