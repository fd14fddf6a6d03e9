"""A channel becomes the same matrix whatever its format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.data import channel_reader
from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import resolve_config
from booster.rounds.training_matrices import build_matrix
from booster.serving import BoosterModel
from tandem.codecs._file_parts import SIZE
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.settings import read
from tandem.contract.training_job import Channel
from tandem.errors import BadData
from tandem.serving.model_service import ModelService


def channel(folder: Path, content_type: str, *files: bytes) -> Channel:
    for index, content in enumerate(files):
        (folder / f"part-{index}").write_bytes(content)
    return Channel("train", folder, content_type)


CSV = b"1,0.1,,3\n0,2,5,\n"
LIBSVM = b"1 0:0.1 2:3\n0 0:2 1:5\n"
LINES = b'[1, 0.1, null, 3]\n{"features": [0, 2, 5, null]}\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/csv", CSV), ("text/libsvm", LIBSVM), ("application/jsonlines", LINES)],
)
def test_every_format_gives_the_same_dataset(
    tmp_path: Path, content_type: str, body: bytes
) -> None:
    dataset = channel_reader.read_channel(channel(tmp_path, content_type, body), weights=False)
    expected = np.array([[0.1, np.nan, 3], [2, 5, np.nan]], dtype=np.float32)
    assert np.array_equal(dataset.read_all(), expected, equal_nan=True)
    assert dataset.label.tolist() == [1, 0]
    assert (dataset.weight, dataset.group) == (None, None)


def test_weights_and_queries_reach_the_dataset(tmp_path: Path) -> None:
    csv = channel_reader.read_channel(
        channel(tmp_path, "text/csv", b"1,0.5,7\n", b"0,2,8\n"), weights=True
    )
    assert (csv.read_all().tolist(), csv.label.tolist()) == ([[7], [8]], [1, 0])
    body = b"1:0.5 qid:3 0:7\n", b"0:2 qid:4 0:8\n"
    libsvm = channel_reader.read_channel(channel(tmp_path, "text/libsvm", *body), weights=False)
    for dataset in (csv, libsvm):
        assert dataset.weight is not None
        assert dataset.weight.tolist() == [0.5, 2]
    assert libsvm.group is not None
    assert libsvm.group.tolist() == [3, 4]


def test_a_validation_channel_takes_the_width_of_training(tmp_path: Path) -> None:
    validation = channel(tmp_path, "libsvm", b"1 0:1\n")
    assert channel_reader.read_channel(validation, weights=False, width=9).read_all().shape == (
        1,
        9,
    )


@pytest.mark.parametrize(
    ("content_type", "files", "sentence"),
    [
        ("text/csv", (b"1,2\n", b"1,2,3\n"), "train/part-1: has 3 columns, and the files before"),
        ("text/csv", (b"1,2\n,3\n",), "train/part-0, row 2, column '1': the label is missing."),
        ("text/csv", (b"1\n",), "train/part-0: there is no feature beside the label."),
        (
            "text/csv",
            (b"1,2\n1,1e39\n",),
            "train/part-0, row 2, column '2': the number is too",
        ),
        ("text/csv", (b"1,2\n1e39,1\n",), "train/part-0, row 2, column 'label': the number is too"),
        ("libsvm", (b"1 4:1e39\n",), "train/part-0, row 1, column '4': the number is too large"),
        (
            "text/csv",
            (b"y,a\n1,2\n,3\n",),
            "train/part-0, row 3, column 'y': the label is missing.",
        ),
        ("text/csv", (b"y,a\n1,x\n",), "train/part-0, row 2, column 'a': a number is expected"),
        (
            "text/csv",
            (b"y,a\n1,2\n1,1e39\n",),
            "train/part-0, row 3, column 'a': the number is too",
        ),
        ("libsvm", (b"1:2 0:1\n", b"1 0:1\n"), "train/part-1: has no weight, and other files have"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, content_type: str, files: tuple[bytes, ...], sentence: str
) -> None:
    with pytest.raises(BadData) as caught:
        channel_reader.read_channel(channel(tmp_path, content_type, *files), weights=False)
    assert str(caught.value).startswith(sentence)


def test_features_survive_the_way_from_the_preprocessor(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"features": [1, value]}) for value in (0.1, 1e-40, 16777217))
    dataset = channel_reader.read_channel(
        channel(tmp_path, "application/jsonlines", lines.encode()), weights=False
    )
    expected = np.array([0.1, 1e-40, 16777217], dtype=np.float32)
    assert dataset.read_all()[:, 0].view(np.uint32).tolist() == expected.view(np.uint32).tolist()


ONE_BASED = b"1.5 1:0.25 8:3\n0 2:1\n2.5 1:4 3:2 8:0.5\n0.5 5:7\n" * 8


def test_libsvm_is_read_as_xgboost_itself_reads_it(tmp_path: Path) -> None:
    dataset = channel_reader.read_channel(
        channel(tmp_path, "text/libsvm", ONE_BASED), weights=False
    )
    with xgb.config_context(verbosity=0):  # it warns that its own reader is deprecated
        own = xgb.DMatrix(f"{tmp_path / 'part-0'}?format=libsvm&indexing_mode=0")
    assert dataset.width == own.num_col() == 9
    assert dataset.label.tolist() == own.get_label().tolist()
    stored = own.get_data()
    present = ~np.isnan(dataset.read_all())
    assert present.sum() == stored.nnz
    assert np.array_equal(dataset.read_all()[present], stored.toarray()[present])


def test_a_libsvm_row_has_one_score_alone_among_others_and_as_csv(tmp_path: Path) -> None:
    dataset = channel_reader.read_channel(
        channel(tmp_path, "text/libsvm", ONE_BASED), weights=False
    )
    given = {"num_round": "20", "min_child_weight": "0", "max_depth": "3"}
    plan = resolve_config(resolve_hyperparameters(SCHEMA, given), None, dataset.width)
    booster = xgb.train(
        dict(plan.parameters), build_matrix(dataset, plan), num_boost_round=plan.rounds
    )
    service = ModelService(BoosterModel(booster), read({}))

    def scores(content_type: str, body: bytes) -> list[bytes]:
        return service.invoke(content_type, "text/csv", body).body.splitlines()

    rows = ONE_BASED.splitlines(keepends=True)[:4]
    alone = [scores("text/libsvm", row)[0] for row in rows]
    assert len(set(alone)) == 4
    assert scores("text/libsvm", b"".join(rows)) == alone
    assert scores("text/libsvm", b"7 0:1\n" + b"".join(rows))[1:] == alone
    assert scores("text/csv", b",0.25,,,,,,,3\n,,1,,,,,,\n") == alone[:2]


def headed(rows: int, wrong: str = "", at: int = 0) -> bytes:
    """A header and rows of 20 bytes; the line `at` is another one."""
    lines = [f"{row % 7},{row:08d},{row % 1000:08d}" for row in range(rows)]
    if wrong:
        lines[at - 2] = wrong
    return "\n".join(["y,long,short", *lines, ""]).encode()


def test_a_header_stands_above_the_first_of_many_parts_alone(tmp_path: Path) -> None:
    body = headed(160_000)
    assert len(body) > 3 * SIZE
    other = b"short,y,long\n5,1,6\n".replace(b"short,y,long", b"y,short,long")
    dataset = channel_reader.read_channel(channel(tmp_path, "text/csv", body, other), weights=False)
    assert dataset.names == ("long", "short")
    rows = np.arange(160_000)
    expected = np.column_stack([rows, rows % 1000]).astype(np.float32)
    assert np.array_equal(dataset.read_all()[:-1], expected)
    assert dataset.read_all()[-1].tolist() == [6, 1]
    assert np.array_equal(dataset.label[:-1], rows % 7)


@pytest.mark.parametrize("at", [2, 160_001])
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (",00000001,00000002", "the label is missing"),
        ("1,1e39,2", "the number is too large for 32 bits"),
        ("1,1x,2", "the value is not a number"),
        ("1,1", "the row has 2 columns, and the first has 3"),
    ],
)
def test_what_is_wrong_in_any_part_below_a_header_is_named_by_its_line(
    wrong: str, sentence: str, at: int, tmp_path: Path
) -> None:
    with pytest.raises(BadData, match=sentence) as caught:
        channel_reader.read_channel(
            channel(tmp_path, "text/csv", headed(160_000, wrong, at)), weights=False
        )
    assert caught.value.where.row == at
