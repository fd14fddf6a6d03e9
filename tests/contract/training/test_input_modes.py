"""Stories of input modes: the same data gives the same model, however it reaches the container."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from local_test import jobs
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.channels import INPUT_MODES
from tandem import codecs
from tandem.data.tables import FEATURES, Table
from tests.conftest import tell_once

ROWS = np.random.default_rng(7).normal(size=(300, 4)).round(3)
LABEL = (ROWS[:, 0] - ROWS[:, 1] * ROWS[:, 2]).round(3)
HOUSES = [
    f"{50 + row % 17},{'ABC'[row % 3]},{100 + row}\n" for row in range(40)
]  # fmt: skip


Write = Callable[[int, int], bytes]


def csv(begin: int, end: int) -> bytes:
    rows = np.column_stack([LABEL, ROWS])[begin:end]
    return b"".join(",".join(map(repr, row)).encode() + b"\n" for row in rows.tolist())


def libsvm(begin: int, end: int) -> bytes:
    rows = zip(LABEL[begin:end].tolist(), ROWS[begin:end].tolist(), strict=True)
    return "".join(
        f"{label} {' '.join(f'{i}:{value}' for i, value in enumerate(row))}\n"
        for label, row in rows
    ).encode()


def recordio(begin: int, end: int) -> bytes:
    writer, _ = codecs.find_encoder("application/x-recordio-protobuf", "")
    return writer.encode(Table(ROWS[begin:end], label=LABEL[begin:end], key=FEATURES))


def parquet(begin: int, end: int) -> bytes:
    writer, _ = codecs.find_encoder("application/x-parquet", "")
    return writer.encode(Table(np.column_stack([LABEL, ROWS])[begin:end]))


def run(engine: Engine, image: str, folder: Path, mode: str, **more: str) -> TrainingResult:
    wrapped = more.pop("wrapper", "None")
    wrapper = wrapped if mode == "Pipe" else "None"
    content_type = more.pop("content_type")
    channels = [
        Channel(path.name, path, content_type, record_wrapper=wrapper)
        for path in sorted((folder / "data").iterdir())
    ]
    job = TrainingJob(image, channels, more, input_mode=mode)
    return jobs.train(job, folder / mode, engine, logs=discard_line)


def model(result: TrainingResult) -> dict[str, bytes]:
    assert result.model is not None, result.diagnosis
    found = {}
    with tarfile.open(result.model) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream:
                found[member.name] = stream.read()
    return found


@pytest.mark.parametrize(
    ("content_type", "write", "wrapper"),
    [
        ("text/csv", csv, "None"),
        ("text/csv", csv, "RecordIO"),
        ("text/libsvm", libsvm, "None"),
        ("application/x-recordio-protobuf", recordio, "None"),
        ("application/x-parquet", parquet, "RecordIO"),
    ],
)
def test_a_booster_is_the_same_in_every_input_mode(
    engine: Engine, tmp_path: Path, content_type: str, write: Write, wrapper: str
) -> None:
    if content_type != "text/csv":
        tell_once(engine, "the engine makes no difference to what is read")
    for name, borders in {"train": (0, 90, 200), "validation": (200, 300)}.items():
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for begin, end in pairwise(borders):
            (folder / f"part-{begin:03}").write_bytes(write(begin, end))
    results = [
        run(
            engine, "xgboost", tmp_path, mode,
            content_type=content_type, wrapper=wrapper, num_round="6", subsample="0.7",
        )
        for mode in INPUT_MODES
    ]  # fmt: skip
    first, *others = [model(result) for result in results]
    assert all(other == first for other in others)
    scores = [result.metrics["validation:rmse"][-1] for result in results]
    assert scores == [scores[0]] * 3
    assert results[INPUT_MODES.index("Pipe")].epochs == {"train": 1, "validation": 1}


def test_a_transform_is_the_same_in_every_input_mode(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "train"
    folder.mkdir(parents=True)
    for index, rows in enumerate((HOUSES[:25], HOUSES[25:])):
        (folder / f"{index}.csv").write_text("area,zone,price\n" + "".join(rows))
    first, *others = [
        model(run(engine, "preprocessor", tmp_path, mode, content_type="text/csv", target="price"))
        for mode in INPUT_MODES
    ]
    assert all(other == first for other in others)


def test_a_job_that_stops_on_its_hyperparameters_opens_no_pipe(
    engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "train"
    folder.mkdir(parents=True)
    (folder / "part").write_bytes(csv(0, 300))
    result = run(engine, "xgboost", tmp_path, "Pipe", content_type="text/csv", eta="7")
    assert result.epochs == {"train": 0}
    assert result.outcome.failure_reason.startswith("AlgorithmError: UserError: hyperparameter")


@pytest.mark.parametrize(
    ("content_type", "body", "sentence"),
    [
        (
            "text/csv",
            None,
            "UserError: train_0: the pipe ended without a byte. There is no object below the"
            " channel's S3 prefix, or its sender gave up.",
        ),
        (
            "application/x-recordio-protobuf",
            recordio(0, 3)[:-2],
            "BadData: train_0, row 3: the RecordIO frame is cut off.",
        ),
        (
            "application/x-parquet",
            parquet(0, 3),
            "UserError: channel 'train': application/x-parquet is not read from a pipe, where the"
            " objects follow each other without a border.",
        ),
    ],
)
def test_a_stream_that_is_no_training_data_fails_the_job_with_its_sentence(
    engine: Engine, tmp_path: Path, content_type: str, body: bytes | None, sentence: str
) -> None:
    folder = tmp_path / "data" / "train"
    folder.mkdir(parents=True)
    if body is not None:
        (folder / "part").write_bytes(body)
    result = run(engine, "xgboost", tmp_path, "Pipe", content_type=content_type, num_round="2")
    assert result.outcome.failure_reason.startswith(f"AlgorithmError: {sentence}")
