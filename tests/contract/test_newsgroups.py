"""20 newsgroups, official split: messages in, names of groups out, through three containers.

The data are not part of the repository. They are looked for in the folder TANDEM_DATA, else beside
the repository: two files as 20newsgroups/20news-bydate-train.csv.gz.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import choose, discard_line
from local_test.jobs import TransformJob
from tests.conftest import train

BESIDE = Path(__file__).parents[3] / "shared" / "data"
JSON_LINES, SPARSE = "application/jsonlines", "application/x-recordio-protobuf"
PART = 1000
TRANSFORM = {
    "target": "category",
    "drop": "document",
    "columns": json.dumps(
        {
            "text": {
                "clean": {"skip_lines": 5, "letters_only": True, "stop_words": "english"},
                "tfidf": {"max_features": 1000, "sublinear_tf": True},
            }
        }
    ),
}
BOOSTER = {
    "objective": "multi:softprob",
    "num_class": "20",
    "num_round": "20",
    "eta": "0.5",
    "max_depth": "4",
    "max_bin": "16",
}


def messages(which: str) -> list[dict[str, str]]:
    """Read one half of the data; skip where it is not there."""
    folder = Path(os.environ.get("TANDEM_DATA", BESIDE)) / "20newsgroups"
    path = folder / f"20news-bydate-{which}.csv.gz"
    if not path.is_file():
        pytest.skip(f"the 20 newsgroups are not in {folder}: set TANDEM_DATA")
    csv.field_size_limit(1 << 24)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(rows: Sequence[dict[str, str]]) -> Iterator[bytes]:
    """Write rows as JSON Lines of a few megabytes."""
    for start in range(0, len(rows), PART):
        yield "".join(json.dumps(row) + "\n" for row in rows[start : start + PART]).encode()


def trained(folder: Path) -> list[Stage]:
    """Fit the transform, make features that stay sparse, and train a booster on them."""
    engine = choose("process")
    for number, body in enumerate(parts(messages("train"))):
        (folder / "raw").mkdir(exist_ok=True)
        (folder / "raw" / f"{number:02}.jsonl").write_bytes(body)
    train(engine, "preprocessor", {"train": folder / "raw"}, TRANSFORM, folder / "a", JSON_LINES)
    first = Stage("preprocessor", folder / "a" / "model.tar.gz")
    batch = TransformJob([first], folder / "raw", JSON_LINES, SPARSE)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    # The archive holds the features' names, which the sparse rows do not.
    channels = {"train": folder / "features", "features": folder / "a" / "model.tar.gz"}
    train(engine, "xgboost", channels, BOOSTER, folder / "b", SPARSE)
    last = Stage(first.image, first.model, {"TANDEM_STAGE": "inverse"})
    return [first, Stage("xgboost", folder / "b" / "model.tar.gz"), last]


def test_messages_are_told_by_the_name_of_their_group(tmp_path: Path) -> None:
    held_out = messages("test")
    stages = trained(tmp_path)
    with tarfile.open(stages[0].model) as archive:
        assert not [name for name in archive.getnames() if name.endswith(("skops", "pkl"))]
    truth = [row.pop("category") for row in held_out]
    with Endpoint(stages, choose("process"), logs=discard_line) as endpoint:
        answers = [endpoint.invoke(body, JSON_LINES) for body in parts(held_out)]
        alone = endpoint.invoke(json.dumps(held_out[7]).encode(), JSON_LINES)
    names = [name for answer in answers for name in answer.body.decode().splitlines()]
    assert alone.body.decode() == f"{names[7]}\n"
    assert accuracy_score(truth, names) == pytest.approx(0.6081, abs=0.003)
    assert f1_score(truth, names, average="macro") == pytest.approx(0.6037, abs=0.003)
