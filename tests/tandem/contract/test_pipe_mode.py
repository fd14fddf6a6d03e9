"""A channel in Pipe mode: FIFOs fed by another thread, as the platform feeds them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tandem import codecs
from tandem.codecs.training_channel import read_labelled_rows
from tandem.contract import training_job
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.paths import Paths
from tandem.contract.pipe_mode import Pipe
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.data.tables import FEATURES, Table
from tandem.errors import BadData, Stopped, UserError
from tandem.io.recordio import write_frame

Feed = Callable[..., None]


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """Give what makes FIFOs, one an epoch, and writes to each once it is opened."""
    threads: list[threading.Thread] = []

    def start(*epochs: bytes, name: str = "train") -> None:
        paths = [tmp_path / f"{name}_{index}" for index in range(len(epochs))]
        for path in paths:
            os.mkfifo(path)
        thread = threading.Thread(target=_write, args=(paths, epochs))
        thread.start()
        threads.append(thread)

    yield start
    for path in tmp_path.glob("*_*"):  # whoever still waits for a reader gets one
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    for thread in threads:
        thread.join(10)


def _write(paths: Sequence[Path], epochs: Sequence[bytes]) -> None:
    for path, body in zip(paths, epochs, strict=True):
        try:
            path.write_bytes(body)
        except BrokenPipeError:
            continue


def channel(folder: Path, content_type: str = "text/csv", *, wrapped: bool = False) -> Channel:
    path = folder / "train"
    return Channel("train", path, content_type, Pipe(path, Stop(), patience=5), wrapped)


def test_the_configuration_decides_channel_by_channel(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.config.mkdir(parents=True)
    described = {
        "train": {"TrainingInputMode": "Pipe", "RecordWrapperType": "RecordIO"},
        "validation": {"TrainingInputMode": "FastFile", "RecordWrapperType": "None"},
    }
    (paths.config / "inputdataconfig.json").write_text(json.dumps(described))
    found = training_job.read(paths, HyperparameterValues({}, frozenset()), Stop()).channels
    assert [(c.name, c.pipe is not None, c.recordio_wrapped) for c in found.values()] == [
        ("train", True, True),
        ("validation", False, False),
    ]


def test_each_reading_opens_the_next_epoch(tmp_path: Path, feed: Feed) -> None:
    large = b"".join(b"%d,1\n" % row for row in range(200_000))
    feed(b"1,2\n", large)
    train = channel(tmp_path)
    assert list(train.read_contents()) == [("train_0", b"1,2\n")]
    assert list(train.read_contents()) == [("train_1", large)]


def test_asking_whether_it_is_empty_costs_no_epoch(tmp_path: Path, feed: Feed) -> None:
    feed(b"1,2\n")
    train = channel(tmp_path)
    assert (train.empty, train.empty) == (False, False)
    assert list(train.read_contents()) == [("train_0", b"1,2\n")]


def test_a_stream_may_be_left_in_the_middle(tmp_path: Path, feed: Feed) -> None:
    feed(b"1,2\n" * 500_000, b"3,4\n")
    train = channel(tmp_path)
    for _, stream in train.open_streams():
        assert stream.readline() == b"1,2\n"
        break
    assert list(train.read_contents()) == [("train_1", b"3,4\n")]


def test_a_fifo_that_comes_late_is_waited_for(tmp_path: Path, feed: Feed) -> None:
    timer = threading.Timer(0.5, feed, [b"1,2\n"])
    timer.start()
    assert list(channel(tmp_path).read_contents()) == [("train_0", b"1,2\n")]
    timer.join()


def test_a_stream_without_a_byte_is_named(tmp_path: Path, feed: Feed) -> None:
    feed(b"")
    train = channel(tmp_path)
    assert train.empty
    with pytest.raises(UserError) as caught:
        list(train.read_contents())
    assert str(caught.value) == (
        "train_0: the pipe ended without a byte. There is no object below the channel's S3 prefix,"
        " or its sender gave up."
    )


def test_a_silent_sender_and_one_that_never_comes_end_the_job(tmp_path: Path) -> None:
    pipe = Pipe(tmp_path / "train", Stop(), patience=0.3)
    sentence = r"train_0: no data came through the pipe for 0\.3 s\."
    with pytest.raises(UserError, match=sentence):
        pipe.open_epoch()
    os.mkfifo(tmp_path / "train_0")
    with pytest.raises(UserError, match=sentence):
        pipe.open_epoch()
    writer = os.open(tmp_path / "train_0", os.O_RDWR)
    os.write(writer, b"1,2\n")
    _, stream = pipe.open_epoch()
    with stream, pytest.raises(UserError, match=sentence):
        stream.read()
    os.close(writer)


def test_a_wish_to_stop_is_heard_while_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "train_0")
    stop = Stop()
    timer = threading.Timer(0.3, setattr, [stop, "requested", True])
    timer.start()
    with pytest.raises(Stopped):
        Pipe(tmp_path / "train", stop).open_epoch()
    timer.join()


@pytest.mark.parametrize(
    "content_type", ["text/csv", "application/jsonlines", "application/x-recordio-protobuf"]
)
def test_objects_that_follow_each_other_are_one_channel(
    tmp_path: Path, feed: Feed, content_type: str
) -> None:
    writer, _ = codecs.find_encoder(content_type, content_type)
    objects = [
        Table(np.array([[1.5, 2.5]]), label=np.array([1.0]), key=FEATURES),
        Table(np.array([[3.5, 4.5], [5.5, 6.5]]), label=np.array([0.0, 1.0]), key=FEATURES),
    ]
    bodies = [writer.encode(table) for table in objects]
    if content_type == "application/jsonlines":
        bodies = [b"[1, 1.5, 2.5]\n", b"[0, 3.5, 4.5]\n[1, 5.5, 6.5]\n"]
    feed(b"".join(bodies), b"".join(map(write_frame, bodies)))
    (stream,) = list(read_labelled_rows(train := channel(tmp_path, content_type)))
    wrapped = list(
        read_labelled_rows(
            Channel("train", train.path, content_type, train.pipe, recordio_wrapped=True)
        )
    )
    assert np.array_equal(stream.to_dense(2), [[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]])
    assert stream.label.tolist() == [1, 0, 1]
    assert [part.to_dense(2).tolist() for part in wrapped] == [
        [[1.5, 2.5]],
        [[3.5, 4.5], [5.5, 6.5]],
    ]
    assert [part.file for part in wrapped] == ["train_1, object 1", "train_1, object 2"]


def test_a_format_that_cannot_be_joined_is_read_in_wrapped_objects_only(
    tmp_path: Path, feed: Feed
) -> None:
    writer, _ = codecs.find_encoder("application/x-parquet", "")
    body = writer.encode(Table(np.array([[1.0, 2.0]])))
    feed(write_frame(body) * 2)
    plain = channel(tmp_path, "application/x-parquet")
    with pytest.raises(UserError) as caught:
        list(read_labelled_rows(plain))
    assert str(caught.value) == (
        "channel 'train': application/x-parquet is not read from a pipe, where the objects follow"
        " each other without a border. Use File or FastFile, or the record wrapper RecordIO."
    )
    wrapped = list(
        read_labelled_rows(
            Channel("train", plain.path, plain.content_type, plain.pipe, recordio_wrapped=True)
        )
    )
    assert [part.to_dense(1).tolist() for part in wrapped] == [[[2]], [[2]]]


def test_a_sender_that_died_leaves_a_stream_that_is_cut_off(
    tmp_path: Path, feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    writer, _ = codecs.find_encoder("application/x-recordio-protobuf", "")
    row = writer.encode(Table(np.array([[1.5]]), label=np.array([1.0]), key=FEATURES))
    feed(row + row[:-3])
    with pytest.raises(BadData, match=r"train_0, row 2: the RecordIO frame is cut off\."):
        list(read_labelled_rows(channel(tmp_path, "application/x-recordio-protobuf")))
    feed(b"1,2.5\n0,3.", name="other")
    other = tmp_path / "other"
    list(read_labelled_rows(Channel("other", other, pipe=Pipe(other, Stop()))))
    assert caplog.messages == ["other_0 does not end in a newline: its last row may be cut off"]
