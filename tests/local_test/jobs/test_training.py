"""A training job ends as the service would end it, on both engines."""

import json
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine
from local_test.errors import JobError, UserError
from local_test.jobs import Channel, TrainingJob, TrainingResult, train
from local_test.platform.metrics import parse_metric_definition
from tests.local_test.conftest import Log


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.csv").write_text("1,2\n")
    (folder / "deep" / "b.csv").write_text("3,4\n")
    return folder


def run(engine: Engine, output: Path, act: str, log: Log, **more: Any) -> TrainingResult:
    hyperparameters = {"act": act} | more.pop("hyperparameters", {})
    job = TrainingJob("standin", hyperparameters=hyperparameters, **more)
    return train(job, output, engine, logs=log)


def seen(result: TrainingResult) -> dict[str, Any]:
    assert result.model is not None
    with tarfile.open(result.model) as tar:
        member = tar.extractfile("nested/seen.json")
        assert member is not None
        with member:
            return dict(json.load(member))


@pytest.mark.usefixtures("scratch")
def test_a_job_that_succeeds_leaves_its_model_its_output_and_its_status(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "report", log)
    assert result.status == "Completed"
    assert result.diagnosis == ""
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "job.json",
        "model.tar.gz",
        "output.tar.gz",
        "status",
    ]
    assert (tmp_path / "out/status").read_text() == "Completed\n"
    with tarfile.open(tmp_path / "out/output.tar.gz") as tar:
        assert tar.getnames() == ["extra.txt"]
    with tarfile.open(tmp_path / "out/model.tar.gz") as tar:
        assert tar.getnames() == ["nested", "nested/seen.json"]


def test_the_container_sees_the_config_files_of_the_service(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    result = run(
        engine,
        tmp_path / "out",
        "report",
        log,
        hyperparameters={"eta": "0.1", "depth": "4"},
        channels=[Channel("train", data, "text/csv; header=present"), Channel("extra", data)],
        environment={"COLOUR": "blue"},
        name="a-job",
    )
    told = seen(result)
    assert told["hyperparameters"] == {"act": "report", "eta": "0.1", "depth": "4"}
    rest = {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert told["inputdataconfig"] == {
        "train": {"ContentType": "text/csv; header=present", **rest},
        "extra": rest,
    }
    assert told["resourceconfig"]["current_host"] == "algo-1"
    assert told["resourceconfig"]["hosts"] == ["algo-1"]
    assert told["resourceconfig"]["network_interface_name"] == engine.interface
    assert told["resourceconfig"]["topology"] is None
    assert told["environment"]["TRAINING_JOB_NAME"] == "a-job"
    assert told["environment"]["COLOUR"] == "blue"


def test_a_folder_keeps_its_tree_and_a_file_its_name_in_the_channel(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    channels = [Channel("folder", data), Channel("file", data / "a.csv")]
    result = run(engine, tmp_path / "out", "report", log, channels=channels)
    assert seen(result)["files"] == {
        "file/a.csv": "1,2\n",
        "folder/a.csv": "1,2\n",
        "folder/deep/b.csv": "3,4\n",
    }


def test_a_child_process_gets_nothing_else_of_the_callers_environment(
    process_engine: Engine, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    result = run(process_engine, tmp_path / "out", "report", log)
    environment = seen(result)["environment"]
    assert "/elsewhere" not in environment["PYTHONPATH"]  # it has the redirect of /opt/ml only
    assert set(environment) - {"LC_CTYPE"} == {
        "HOME",
        "LANG",
        "PATH",
        "PYTHONPATH",
        "SAGEMAKER_BASE_DIR",
        "TMPDIR",
        "TRAINING_JOB_ARN",
        "TRAINING_JOB_NAME",
    }


def test_a_program_cannot_change_the_callers_files(
    engine: Engine, data: Path, tmp_path: Path, log: Log
) -> None:
    run(engine, tmp_path / "out", "overwrite", log, channels=[Channel("train", data)])
    assert (data / "a.csv").read_text() == "1,2\n"
    assert (data / "deep/b.csv").read_text() == "3,4\n"


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_docker_mounts_the_inputs_read_only(data: Path, tmp_path: Path, log: Log) -> None:
    from local_test.engines import select_engine

    channels = [Channel("train", data)]
    result = run(select_engine("docker"), tmp_path / "out", "overwrite", log, channels=channels)
    assert result.model is not None
    with tarfile.open(result.model) as tar:
        member = tar.extractfile("verdicts.json")
        assert member is not None
        verdicts = json.load(member)
    assert verdicts == {"a.csv": "Read-only file system", "b.csv": "Read-only file system"}


@pytest.mark.usefixtures("scratch")
def test_a_job_that_fails_says_why_and_leaves_no_model(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "fail", log)
    assert result.status == "Failed"
    assert result.exit_code == 1
    assert result.diagnosis == "algo-1: The column `price` is missing."
    assert list(result.log) == ["about to fail"]
    reason = (tmp_path / "out/FailureReason").read_text()
    assert reason.startswith("AlgorithmError: The column `price` is missing.\nxxx")
    assert reason.endswith("x, exit code: 1")
    assert len(reason) == len("AlgorithmError: ") + 1024 + len(", exit code: 1")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "FailureReason",
        "job.json",
        "status",
    ]
    with pytest.raises(JobError, match="ended as Failed: algo-1: The column `price` is missing"):
        result.raise_for_status()


def test_a_failed_job_leaves_no_artifact_of_the_job_before(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    run(process_engine, tmp_path / "out", "report", log)
    (tmp_path / "out/mine.txt").write_text("kept")
    run(process_engine, tmp_path / "out", "vanish", log)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "FailureReason",
        "job.json",
        "mine.txt",
        "status",
    ]


def test_a_program_without_a_word_on_its_failure_is_told_where_to_write_it(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "vanish", log)
    assert result.outcome.failure_reason == "AlgorithmError: , exit code: 3"
    assert "left no /opt/ml/output/failure" in result.diagnosis


def test_a_killed_program_is_told_as_such(engine: Engine, tmp_path: Path, log: Log) -> None:
    result = run(engine, tmp_path / "out", "murder", log)
    assert (result.status, result.exit_code) == ("Failed", 137)
    assert "memory ran out" in result.diagnosis


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_an_image_without_a_program_fails_with_the_remedy(tmp_path: Path, log: Log) -> None:
    from local_test.engines import select_engine

    result = train(
        TrainingJob("standin-empty"), tmp_path / "out", select_engine("docker"), logs=log
    )
    assert (result.status, result.exit_code) == ("Failed", 127)
    assert "ENTRYPOINT" in result.diagnosis


def test_a_program_that_cannot_be_executed_fails_with_the_remedy(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF but not really")
    program.chmod(0o755)
    result = train(TrainingJob(str(program)), tmp_path / "out", process_engine, logs=log)
    assert (result.status, result.exit_code) == ("Failed", 126)
    assert "build the image for this machine's architecture" in result.diagnosis


@pytest.mark.usefixtures("scratch")
def test_a_program_that_leaves_a_child_behind_leaves_it_not_for_long(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(process_engine, tmp_path / "out", "litter", log)
    assert result.status == "Completed"
    assert result.seconds < 4
    child = Path("/proc") / log.of("algo-1")[0].removeprefix("left ") / "cmdline"
    assert not child.exists() or child.read_bytes() == b""  # a zombie has no command line


@pytest.mark.usefixtures("scratch")
def test_a_job_over_its_time_is_stopped_and_keeps_its_model(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "obey", log, max_runtime=5)
    assert result.outcome.secondary == "MaxRuntimeExceeded"
    assert (tmp_path / "out/status").read_text() == "Stopped\n"
    with tarfile.open(tmp_path / "out/model.tar.gz") as tar:
        assert tar.getnames() == ["early.txt"]
    assert log.of("algo-1") == ["working", "told to stop"]


def test_a_job_can_be_stopped_from_another_thread(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    stop = threading.Event()
    job = TrainingJob("standin", hyperparameters={"act": "obey"})

    def stop_once_working(name: str, line: str) -> None:
        log(name, line)
        stop.set()

    result = train(job, tmp_path / "out", process_engine, logs=stop_once_working, stop=stop)
    assert (result.status, result.outcome.secondary) == ("Stopped", "Stopped")


def test_a_link_among_the_artifacts_fails_the_job(engine: Engine, tmp_path: Path, log: Log) -> None:
    result = run(engine, tmp_path / "out", "link", log)
    assert result.status == "Failed"
    assert result.diagnosis == (
        "/opt/ml/model/link.txt is a link, which hosting refuses; put a copy of the file there"
    )
    assert not (tmp_path / "out/model.tar.gz").exists()


def test_the_job_is_described_in_the_words_of_the_service(
    process_engine: Engine, tmp_path: Path, log: Log, data: Path
) -> None:
    run(process_engine, tmp_path / "out", "report", log, channels=[Channel("train", data)])
    told = json.loads((tmp_path / "out/job.json").read_text())
    assert told["TrainingJobStatus"] == told["SecondaryStatus"] == "Completed"
    assert told["HyperParameters"] == {"act": "report"}
    assert told["InputDataConfig"][0]["ChannelName"] == "train"
    assert {item["MetricName"]: item["Value"] for item in told["FinalMetricDataList"]} == {
        "train:rmse": 0.25,
        "validation:rmse": 0.5,
    }
    assert told["Engine"] == "process"
    assert "FailureReason" not in told


def test_metrics_are_read_with_the_definitions_given(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    metrics = [
        parse_metric_definition("loss=loss=([0-9.]+)"),
        parse_metric_definition(r"train:rmse=.*\[[0-9]+\].*#011train-rmse:(\S+)"),
    ]
    result = run(process_engine, tmp_path / "out", "report", log, metrics=metrics)
    assert result.metrics == {"loss": [3.5], "train:rmse": [0.5, 0.25]}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"name": "no spaces allowed"}, "job name"),
        ({"max_runtime": 0}, "maximum running time"),
        ({"channels": [Channel("sp ace", Path("/"))]}, "channel name 'sp ace' is refused"),
        ({"channels": [Channel("train", Path("/nowhere"))]}, "there is no /nowhere"),
        ({"channels": [Channel("x", Path("/tmp"))] * 2}, "given twice"),  # noqa: S108
        ({"hyperparameters": {"k": "v" * 2501}}, "2501 characters"),
        ({"hyperparameters": {f"k{n}": "v" for n in range(101)}}, "up to 100"),
        ({"environment": {"1A": "v"}}, "environment variable '1A' is refused"),
        ({"environment": {"A": "v" * 513}}, "513 characters"),
    ],
)
def test_a_request_the_service_would_refuse_is_refused_before_anything_is_written(
    more: dict[str, Any], sentence: str, process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    with pytest.raises(UserError, match=sentence):
        run(process_engine, tmp_path / "out", "report", log, **more)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("scratch")
def test_checkpoints_outlive_a_killed_job_and_the_next_one_finds_them(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    kept = tmp_path / "kept"
    killed = run(engine, tmp_path / "first", "count", log, checkpoints=kept)
    assert (killed.status, killed.exit_code) == ("Failed", 137)
    again = run(engine, tmp_path / "second", "count", log, checkpoints=kept)
    assert again.model is not None
    with tarfile.open(again.model) as tar:
        member = tar.extractfile("reached")
        assert member is not None
        with member:
            assert member.read() == b"2"
    assert sorted(path.name for path in kept.iterdir()) == ["1", "2"]
