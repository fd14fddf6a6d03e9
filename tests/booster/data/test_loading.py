"""A channel is read once, in parts, and the model never knows."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from booster.data import channel_reader, features
from booster.data.dataset import Dataset
from booster.data.features import ConcatenatedFeatures, InMemoryFeatures, SelectedFeatures
from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import TrainingConfig, resolve_config
from booster.rounds.training_matrices import build_matrix
from tandem.codecs import _file_parts, find_encoder
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.training_job import Channel
from tandem.data.arrow import typed_columns
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData

ROWS, WIDTH = 400, 5


def numbers() -> NDArray[np.float32]:
    """Label first, one value in ten missing."""
    generator = np.random.default_rng(3)
    values = generator.normal(size=(ROWS, WIDTH + 1)).astype(np.float32)
    values[:, 1:][generator.random((ROWS, WIDTH)) < 0.1] = np.nan
    return values


def as_csv(values: NDArray[np.float32]) -> bytes:
    return find_encoder("text/csv", "")[0].encode(Table(values))


def as_lines(values: NDArray[np.float32]) -> bytes:
    rows = [[None if v != v else float(v) for v in row] for row in values]  # noqa: PLR0124
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_libsvm(values: NDArray[np.float32]) -> bytes:
    lines = []
    for label, *row in values.tolist():
        pairs = [f"{i}:{v!r}" for i, v in enumerate(row) if v == v]  # noqa: PLR0124
        lines.append(" ".join([repr(label), *pairs]))
    return ("\n".join(lines) + "\n").encode()


def as_recordio(values: NDArray[np.float32]) -> bytes:
    table = Table(values[:, 1:], label=values[:, 0], key=FEATURES)
    return find_encoder("application/x-recordio-protobuf", "")[0].encode(table)


def arrow_table(values: NDArray[np.float32]) -> pa.Table:
    return pa.table({f"c{i}": pa.array(column) for i, column in enumerate(values.T)})


def as_parquet(values: NDArray[np.float32]) -> bytes:
    out = io.BytesIO()
    pq.write_table(arrow_table(values), out)
    return out.getvalue()


def as_arrow(values: NDArray[np.float32]) -> bytes:
    out = io.BytesIO()
    table = arrow_table(values)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=150)
    return out.getvalue()


FORMATS = {
    "text/csv": as_csv,
    "application/jsonlines": as_lines,
    "text/libsvm": as_libsvm,
    "application/x-recordio-protobuf": as_recordio,
    "application/x-parquet": as_parquet,
    "application/vnd.apache.arrow.stream": as_arrow,
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make parts, batches and what stays in memory small enough for a small data set to show."""
    monkeypatch.setattr(_file_parts, "SIZE", 999)
    monkeypatch.setattr(typed_columns, "_CELLS", 300)
    monkeypatch.setattr(features, "BATCH_CELLS", 7 * WIDTH)
    monkeypatch.setattr(features, "_choose_memory_bytes", lambda: 1500)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("content_type", FORMATS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_large_file_is_read_in_parts_whatever_its_format(
    tmp_path: Path, content_type: str, pack: Callable[[bytes], bytes]
) -> None:
    values = numbers()
    write = FORMATS[content_type]
    (tmp_path / "a").write_bytes(pack(write(values[:310])))
    (tmp_path / "b").write_bytes(write(values[310:]))
    dataset = channel_reader.read_channel(Channel("train", tmp_path, content_type), weights=False)
    assert np.array_equal(dataset.read_all(), values[:, 1:], equal_nan=True)
    assert np.array_equal(dataset.label, values[:, 0])
    assert not isinstance(dataset.features, InMemoryFeatures)
    told = Dataset(InMemoryFeatures(values[:, 1:].copy()), values[:, 0].copy(), None)
    assert dataset.fingerprint == told.fingerprint
    assert dataset.summarise() == told.summarise()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("content_type", "good", "bad", "sentence"),
    [
        ("text/csv", b"1,2,3\n", b"1,x,3\n", "train/a, row 1001, column '2': a number is expected"),
        ("text/csv", b"1,2,3\n", b"1,2\n", "train/a, row 1001: the row has 2 columns, and the fi"),
        ("text/csv", b"1,2,3\n", b",2,3\n", "train/a, row 1001, column '1': the label is missing"),
        ("text/csv", b"1,2,3\n", b"1,2,1e39\n", "train/a, row 1001, column '3': the number is too"),
        ("application/jsonlines", b"[1, 2]\n", b"[1, 2\n", "train/a, row 1001: is not valid JSON."),
        ("libsvm", b"1 0:2\n", b"1 0:2 0:3\n", "train/a, row 1001, column '0': the row gives the"),
        ("libsvm", b"1 0:2\n", b"1 x:2\n", "train/a, row 1001: a value needs an index, a whole"),
    ],
)
def test_an_error_far_down_a_file_names_its_row(
    tmp_path: Path, content_type: str, good: bytes, bad: bytes, sentence: str
) -> None:
    (tmp_path / "a").write_bytes(good * 1000 + bad + good * 1000)
    with pytest.raises(BadData) as caught:
        channel_reader.read_channel(Channel("train", tmp_path, content_type), weights=False)
    assert str(caught.value).startswith(sentence)


@pytest.mark.usefixtures("small")
def test_quoted_cells_with_newlines_are_not_cut(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'1,"2\n",3\n' * 900)
    dataset = channel_reader.read_channel(Channel("train", tmp_path), weights=False)
    assert dataset.read_all().tolist() == [[2, 3]] * 900


@pytest.mark.usefixtures("small")
def test_a_later_part_may_need_more_columns_in_libsvm(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1 0:2\n" * 500 + b"0 3:7\n" + b"1 1:2\n" * 500)
    dataset = channel_reader.read_channel(Channel("train", tmp_path, "libsvm"), weights=False)
    assert dataset.read_all().shape == (1001, 4)
    known = ~np.isnan(dataset.read_all())
    assert (known.sum(axis=0).tolist(), dataset.read_all()[500, 3]) == ([500, 500, 0, 1], 7)


def test_damaged_gzip_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"1,2\n" * 9000)[:-20])
    with pytest.raises(BadData, match="train/a: the gzip data are damaged or cut off"):
        channel_reader.read_channel(Channel("train", tmp_path), weights=False)


def plan(**given: str) -> TrainingConfig:
    return resolve_config(
        resolve_hyperparameters(SCHEMA, {"num_round": "5", "nthread": "2", **given}), None, WIDTH
    )


def trained(made: xgb.DMatrix, how: TrainingConfig) -> bytes:
    return bytes(xgb.train(dict(how.parameters), made, how.rounds).save_raw("ubj"))


@pytest.mark.parametrize("weights", [False, True])
def test_the_model_is_that_of_one_whole_matrix_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, weights: bool
) -> None:
    generator = np.random.default_rng(1)
    values = generator.normal(size=(5000, WIDTH)).astype(np.float32)  # more values than bins
    values[generator.random(values.shape) < 0.1] = np.nan
    label = np.nansum(values, axis=1)
    weight = generator.random(5000).astype(np.float32) if weights else None
    whole = xgb.QuantileDMatrix(values, label, weight=weight, max_bin=256)
    monkeypatch.setattr(features, "BATCH_CELLS", 700 * WIDTH)
    apart = build_matrix(Dataset(InMemoryFeatures(values), label, weight), plan())
    assert trained(apart, plan()) == trained(whole, plan())


def test_no_query_is_cut_in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    sizes = [3, 1, 40, 2, 9, 9, 30, 1, 5] * 20
    group = np.repeat(np.arange(len(sizes)), sizes).astype(np.float32)
    values = generator.normal(size=(len(group), WIDTH)).astype(np.float32)
    label = (values[:, 0] > 0).astype(np.float32)
    how = plan(objective="rank:ndcg")
    whole = build_matrix(Dataset(InMemoryFeatures(values), label, None, group), how)
    monkeypatch.setattr(features, "BATCH_CELLS", 11 * WIDTH)
    dataset = Dataset(InMemoryFeatures(values), label, None, group)
    lengths = [rows.stop - rows.start for rows, _ in dataset.read_batches()]
    assert max(lengths) == 40
    assert sum(lengths) == len(group)
    apart = build_matrix(dataset, how)
    assert apart.get_group().tolist() == sizes
    assert trained(apart, how) == trained(whole, how)


def test_some_rows_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BATCH_CELLS", 10 * WIDTH)
    values = numbers()[:, 1:]
    joined = ConcatenatedFeatures(
        (
            InMemoryFeatures(values[:33]),
            InMemoryFeatures(values[33:34, :2]),
            InMemoryFeatures(values[34:]),
        ),
        WIDTH,
    )
    expected = values.copy()
    expected[33, 2:] = np.nan
    which = np.array([0, 31, 32, 33, 34, 60, 399])
    some = SelectedFeatures(joined, which)
    assert np.array_equal(some.read(0, 7), expected[which], equal_nan=True)
    assert np.array_equal(some.read(2, 5), expected[[32, 33, 34]], equal_nan=True)
    assert some.read(3, 3).shape == (0, WIDTH)
