from __future__ import annotations

import json
from pathlib import Path

import pytest

from tandem.contract import training_job
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Job
from tandem.errors import UserError

NOTHING = HyperparameterValues({}, frozenset())


def written(root: Path, **files: object) -> Paths:
    paths = Paths(root)
    paths.config.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (paths.config / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return paths


def read(paths: Paths) -> Job:
    return training_job.read(paths, NOTHING, Stop())


def test_a_job_without_files_is_one_host_without_channels(tmp_path: Path) -> None:
    found = read(Paths(tmp_path))
    assert (found.hosts, found.current_host, dict(found.channels)) == (("algo-1",), "algo-1", {})
    assert training_job.read_hyperparameter_texts(Paths(tmp_path)) == {}


def test_channels_come_from_the_file_and_not_from_the_folder(tmp_path: Path) -> None:
    paths = written(tmp_path, inputdataconfig={"train": {"TrainingInputMode": "File"}})
    (paths.data / "train").mkdir(parents=True)
    (paths.data / "stray").mkdir()
    (paths.data / "train-manifest").write_text("[]")
    found = read(paths)
    assert list(found.channels) == ["train"]
    assert found.channels["train"].content_type == "text/csv"


def test_nested_files_are_read_in_sorted_order_and_hidden_ones_are_not(tmp_path: Path) -> None:
    paths = written(tmp_path, inputdataconfig={"train": {"TrainingInputMode": "FastFile"}})
    folder = paths.data / "train"
    (folder / "b").mkdir(parents=True)
    (folder / ".cache").mkdir()
    for name in ("b/2.csv", "a", ".hidden", ".cache/x"):
        (folder / name).write_text(name)
    contents = list(read(paths).channels["train"].read_contents())
    assert contents == [("train/a", b"a"), ("train/b/2.csv", b"b/2.csv")]


def test_unknown_keys_are_ignored_and_hosts_are_sorted(tmp_path: Path) -> None:
    config = {"current_host": "algo-2", "hosts": ["algo-2", "algo-1"], "topology": None, "new": 1}
    found = read(written(tmp_path, resourceconfig=config))
    assert (found.current_host, found.hosts) == ("algo-2", ("algo-1", "algo-2"))


def test_a_missing_channel_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    found = read(written(tmp_path, inputdataconfig={"test": {}}))
    with pytest.raises(UserError) as caught:
        found.channel("train", "training")
    assert str(caught.value) == (
        "there is no channel 'train' or 'training'. The job's channels: test."
    )


def test_two_names_of_one_input_are_refused(tmp_path: Path) -> None:
    found = read(written(tmp_path, inputdataconfig={"train": {}, "training": {}}))
    with pytest.raises(UserError, match="channels train and training are two names of one input"):
        found.channel("train", "training")


def test_an_empty_channel_and_the_files_of_a_pipe_are_refused(tmp_path: Path) -> None:
    paths = written(tmp_path, inputdataconfig={"train": {}, "pipe": {"TrainingInputMode": "Pipe"}})
    (paths.data / "train").mkdir(parents=True)
    channels = read(paths).channels
    with pytest.raises(UserError, match="channel 'train' holds no file"):
        channels["train"].files()
    with pytest.raises(UserError, match="channel 'pipe' is in Pipe mode, and its files are needed"):
        channels["pipe"].files()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    paths = written(tmp_path)
    (paths.config / "hyperparameters.json").write_text("{")
    with pytest.raises(UserError, match=r"hyperparameters\.json: is not valid JSON\."):
        training_job.read_hyperparameter_texts(paths)
