"""Pipe mode, on both engines: FIFOs as the service makes and feeds them."""

import json
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine
from local_test.errors import UserError
from local_test.jobs import Channel, TrainingJob, TrainingResult, train
from tests.local_test.conftest import Log

OBJECTS = {"a.csv": b"1,2\n", "b/c.csv": b"3,4\n5,6\n", "d.csv": b"7,8\n"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, content in OBJECTS.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "data"


class Told:
    """A job's result, and what each of its hosts told of its pipes."""

    def __init__(self, result: TrainingResult, output: Path) -> None:
        self.result = result
        self.archive = output / "output.tar.gz"
        assert result.status == "Completed", result.diagnosis

    def hosts(self) -> list[str]:
        with tarfile.open(self.archive) as tar:
            return sorted(name.removesuffix(".json") for name in tar.getnames())

    def of(self, host: str) -> dict[str, Any]:
        with tarfile.open(self.archive) as tar:
            member = tar.extractfile(f"{host}.json")
            assert member is not None
            with member:
                told = dict(json.load(member))
        return told | {"seen": {name: bytes.fromhex(text) for name, text in told["seen"].items()}}


def run(engine: Engine, output: Path, log: Log, channels: list[Channel], **more: Any) -> Told:
    hyperparameters = {"act": "sip", "epochs": "1"} | more.pop("hyperparameters", {})
    job = TrainingJob("standin", channels, hyperparameters, **more)
    return Told(train(job, output, engine, logs=log), output)


@pytest.mark.usefixtures("scratch")
def test_each_epoch_brings_all_objects_in_the_order_of_their_keys(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    channels = [Channel("train", data, "text/csv"), Channel("held", data, input_mode="FastFile")]
    told = run(
        engine, tmp_path / "out", log, channels, input_mode="Pipe", hyperparameters={"epochs": "3"}
    )
    seen = told.of("algo-1")
    assert seen["config"]["train"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "Pipe",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert seen["config"]["held"]["TrainingInputMode"] == "FastFile"
    whole = b"".join(OBJECTS.values())
    assert seen["seen"] == {"train_0": whole, "train_1": whole, "train_2": whole}
    assert seen["left"] == ["held", "train_0", "train_1", "train_2", "train_3"]
    assert told.result.epochs == {"train": 3}


@pytest.mark.usefixtures("scratch")
def test_a_pipe_nobody_opens_does_not_hold_up_the_end(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    begin = time.monotonic()
    channels = [Channel("train", data, input_mode="Pipe")]
    told = run(engine, tmp_path / "out", log, channels, hyperparameters={"epochs": "0"})
    assert time.monotonic() - begin < 30
    assert told.of("algo-1")["left"] == ["train_0"]
    assert told.result.epochs == {"train": 0}


@pytest.mark.usefixtures("scratch")
def test_a_reader_may_leave_in_the_middle_and_come_back_for_the_next_epoch(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"0123456789" * 500_000)
    channels = [Channel("train", large, input_mode="Pipe")]
    few = {"epochs": "2", "bytes": "15"}
    told = run(engine, tmp_path / "out", log, channels, hyperparameters=few)
    beginning = b"012345678901234"
    seen = told.of("algo-1")["seen"]
    assert seen == {"train_0": beginning, "train_1": beginning}


@pytest.mark.usefixtures("scratch")
def test_a_sharded_pipe_gives_each_host_its_objects_and_some_host_none(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    channels = [Channel("train", data, distribution="ShardedByS3Key")]
    told = run(engine, tmp_path / "out", log, channels, input_mode="Pipe", instance_count=4)
    shares = [told.of(host)["seen"]["train_0"] for host in told.hosts()]
    assert shares == [*OBJECTS.values(), b""]
    assert told.result.epochs == {"train": 4}


def test_the_record_wrapper_makes_a_record_of_each_object(
    process_engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    (data / "b/c.csv").write_bytes(b"5,66\n")
    channels = [Channel("train", data, input_mode="Pipe", record_wrapper="RecordIO")]
    told = run(process_engine, tmp_path / "out", log, channels)
    magic = bytes.fromhex("0a23d7ce")
    assert told.of("algo-1")["seen"]["train_0"] == (
        magic + b"\x04\0\0\0" + b"1,2\n"
        + magic + b"\x05\0\0\0" + b"5,66\n\0\0\0"
        + magic + b"\x04\0\0\0" + b"7,8\n"
    )  # fmt: skip


def test_an_object_that_cannot_be_read_is_named(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    (tmp_path / "data").mkdir()
    gone = tmp_path / "data/gone.csv"
    gone.symlink_to(tmp_path / "nowhere")
    for mode in ("Pipe", "File"):
        channels = [Channel("train", tmp_path / "data", input_mode=mode)]
        with pytest.raises(UserError, match=f"cannot be read: {gone}: No such file or directory"):
            run(process_engine, tmp_path / "out", log, channels)
