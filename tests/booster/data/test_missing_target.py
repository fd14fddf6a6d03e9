"""Rows without a label end the job with their number, or are left out of its channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from booster.data import channel_reader
from booster.data.dataset import Dataset
from booster.data.labels import LabelChecker
from booster.params.objectives import BY_NAME
from booster.training import train
from tandem import codecs
from tandem.codecs._file_parts import SIZE
from tandem.contract.training_job import Channel
from tandem.data.arrays import FloatArray
from tandem.data.tables import FEATURES, NoRow, Table
from tandem.errors import BadData
from tests.booster.training_jobs import prepare_job

NAN = np.nan
RECORDIO = "application/x-recordio-protobuf"
BINARY = ["application/x-parquet", "application/x-npy", "application/vnd.apache.arrow.stream"]


def encoded(content_type: str, features: FloatArray, label: FloatArray | None) -> bytes:
    encoder, _ = codecs.find_encoder(content_type, content_type)
    return codecs.encode_table(encoder, Table(features, label=label, key=FEATURES))


def body(content_type: str) -> bytes:
    """Give four rows, the first and the third of which have no label."""
    features, label = np.array([[5.0, 6], [1, 2], [7, 8], [3, 4]]), np.array([NAN, 1, NAN, 0])
    if content_type != RECORDIO:
        return encoded(content_type, features, label)
    # A record may have a label that is no number, or none at all.
    return (
        encoded(content_type, features[:1], None)
        + encoded(content_type, features[1:3], label[1:3])
        + encoded(content_type, features[3:], label[3:])
    )


BODIES = {
    "text/csv": b",5,6\n1,1,2\n,7,8\n0,3,4\n",
    "text/csv; header=present": b"y,a,b\n,5,6\n1,1,2\n,7,8\n0,3,4\n",
    "text/libsvm": b"nan 0:5 1:6\n1 0:1 1:2\nNaN 0:7 9:8\n0 0:3 1:4\n",
    "application/jsonlines": b"[null,5,6]\n[1,1,2]\n[null,7,8]\n[0,3,4]\n",
    **{content_type: body(content_type) for content_type in (*BINARY, RECORDIO)},
}
FORMATS = pytest.mark.parametrize("content_type", BODIES)


def read(
    root: Path, content_type: str, *files: bytes, leave_out: bool = True, weights: bool = False
) -> Dataset:
    for place, content in enumerate(files):
        (root / f"part-{place}").write_bytes(content)
    labels = LabelChecker(BY_NAME["binary:logistic"], None, leave_out)
    return channel_reader.read_channel(
        Channel("train", root, content_type), weights=weights, labels=labels
    )


@FORMATS
def test_rows_without_a_label_are_left_out_of_every_format(
    content_type: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = read(tmp_path, content_type, BODIES[content_type], BODIES[content_type])
    assert found.read_all().tolist() == [[1, 2], [3, 4], [1, 2], [3, 4]]
    assert found.label.tolist() == [1, 0, 1, 0]
    assert "channel train: rows without a label: 4 of 8, left out" in caplog.text


@FORMATS
def test_rows_without_a_label_are_refused_with_their_count(
    content_type: str, tmp_path: Path
) -> None:
    with pytest.raises(BadData) as refused:
        read(tmp_path, content_type, BODIES[content_type], leave_out=False)
    row = 2 if "header" in content_type else 1
    assert str(refused.value).startswith(f"train/part-0, row {row}")
    assert str(refused.value).endswith(
        "the label is missing. Rows without one so far: 2 of 4. Give them a label, or set"
        " hyperparameter 'missing_target' to 'leave_out'."
    )


def test_weights_and_queries_go_with_their_rows(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "libsvm").mkdir()
    csv = read(tmp_path / "csv", "text/csv", b",,9\n1,0.5,7\n,3,9\n0,2,8\n", weights=True)
    lines = b"nan:1 qid:1 0:9\n1:0.5 qid:3 0:7\nnan:-1 qid:3 0:9\n0:2 qid:4 0:8\n"
    libsvm = read(tmp_path / "libsvm", "text/libsvm", lines)
    for found in (csv, libsvm):
        assert found.weight is not None
        assert (found.weight.tolist(), found.label.tolist()) == ([0.5, 2], [1, 0])
    assert libsvm.group is not None
    assert libsvm.group.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("content_type", "rows", "sentence"),
    [
        ("text/csv", b",9,9\n1,-1,9\n", "row 2: the weight is -1"),
        ("text/csv; header=present", b"y,w,a\n,9,9\n1,-1,9\n", "row 3: the weight is -1"),
        ("text/csv", b",9,9\n1,,9\n", "row 2, column '2': the weight is missing"),
        ("text/csv", b",1,9\n1,1,1e39\n", "row 2, column '3': the number is too large"),
        ("text/csv", b",1,9\n5,1,9\n", "row 2: the label is 5"),
        ("text/libsvm", b"nan 0:1\n5 0:1\n", "row 2: the label is 5"),
        ("text/libsvm", b"nan qid:1 0:1\n1 qid:3 0:1\n1 qid:2 0:1\n", "row 3: query 2 comes after"),
        ("text/csv", b",1,9\n" * (SIZE // 4) + b"1,1,9\n,1,9\n5,1,9\n", f"row {SIZE // 4 + 3}:"),
    ],
)
def test_a_mistake_keeps_its_row_where_others_are_left_out(
    content_type: str, rows: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadData) as refused:
        read(tmp_path, content_type, rows, weights="csv" in content_type)
    assert str(refused.value).startswith(f"train/part-0, {sentence}")


@pytest.mark.parametrize("content_type", ["text/csv", "text/libsvm"])
def test_a_channel_without_any_label_has_no_row(content_type: str, tmp_path: Path) -> None:
    rows = {"text/csv": b",1,2\n,3,4\n", "text/libsvm": b"nan 0:1\nnan 0:2\n"}[content_type]
    with pytest.raises(NoRow, match="none of 2 rows has a label"):
        read(tmp_path, content_type, rows)


def test_a_job_gives_the_model_of_the_other_rows(tmp_path: Path) -> None:
    models = []
    for name in ("gaps", "rest"):
        job = prepare_job(tmp_path / name, "binary", {"missing_target": "leave_out"})
        for channel in ("train", "validation"):
            file = job.paths.data / channel / "data.csv"
            lines = file.read_text().splitlines()
            for place in range(1, len(lines), 9):
                lines[place] = "," + lines[place].partition(",")[2] if name == "gaps" else ""
            file.write_text("\n".join(filter(None, lines)) + "\n")
        train(job)
        models.append((job.model_dir / "xgboost-model").read_bytes())
    assert models[0] == models[1]
