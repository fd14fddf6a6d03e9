"""Several hosts train together as they do on the service, on both engines."""

import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine
from local_test.errors import UserError
from local_test.jobs import Channel, TrainingJob, TrainingResult, train
from local_test.platform.channels import parse_channel
from tests.local_test.conftest import Log


def run(engine: Engine, output: Path, act: str, log: Log, **more: Any) -> TrainingResult:
    job = TrainingJob("standin", hyperparameters={"act": act}, instance_count=3, **more)
    return train(job, output, engine, logs=log)


def members(archive: Path) -> dict[str, Any]:
    with tarfile.open(archive) as tar:
        found = {}
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None
            found[member.name] = json.load(stream)
        return found


@pytest.mark.usefixtures("scratch")
def test_hosts_reach_each_other_by_name_and_share_sharded_files(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    for folder in ("all", "parts"):
        (tmp_path / folder).mkdir()
        for name in "abcd":
            (tmp_path / folder / f"{folder}-{name}").write_text(name)
    channels = [
        Channel("all", tmp_path / "all"),
        Channel("parts", tmp_path / "parts", distribution="ShardedByS3Key"),
    ]
    result = run(engine, tmp_path / "out", "meet", log, channels=channels)
    assert (result.status, result.diagnosis) == ("Completed", "")
    told = members(tmp_path / "out/output.tar.gz")
    first, second, third = (name.removesuffix(".json") for name in sorted(told))
    assert members(tmp_path / "out/model.tar.gz") == {"heard.json": [second, third]}
    everything = [f"all-{name}" for name in "abcd"]
    assert told == {
        f"{first}.json": [*everything, "parts-a", "parts-d"],
        f"{second}.json": [*everything, "parts-b"],
        f"{third}.json": [*everything, "parts-c"],
    }
    described = json.loads((tmp_path / "out/job.json").read_text())
    assert described["ResourceConfig"]["InstanceCount"] == 3


@pytest.mark.usefixtures("scratch")
def test_where_one_host_fails_the_others_are_stopped_and_the_job_says_which(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "betray", log)
    first, second = sorted({name for name, line in log.lines if line == "told to stop"})
    assert (result.status, result.exit_code) == ("Failed", 1)
    assert result.host > second > first
    assert result.outcome.failure_reason == ("AlgorithmError: the last host gave up, exit code: 1")
    assert not (tmp_path / "out/model.tar.gz").exists()


@pytest.mark.usefixtures("scratch")
def test_a_host_that_is_killed_is_named_in_the_reason_and_on_the_command_line(
    engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(engine, tmp_path / "out", "perish", log)
    assert (result.status, result.exit_code) == ("Failed", 137)
    others = {name for name, line in log.lines if line == "told to stop"}
    assert len(others) == 2
    assert result.host > max(others)
    words = (
        f"{result.host}: it was killed by SIGKILL, often as memory ran out: give the machine more"
        " memory or the program less data at a time"
    )
    assert result.diagnosis == words
    assert result.outcome.failure_reason == f"AlgorithmError: {words}, exit code: 137"
    reason = (tmp_path / "out/FailureReason").read_text()
    assert reason == result.outcome.failure_reason
    described = json.loads((tmp_path / "out/job.json").read_text())
    assert described["FailureReason"] == reason


def test_two_hosts_that_write_one_name_lose_nothing_silently(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    result = run(process_engine, tmp_path / "out", "report", log)
    assert result.status == "Failed"
    first, second, _ = sorted({name for name, _ in log.lines})
    assert result.outcome.failure_reason == (
        f"ClientError: hosts {first} and {second} both wrote model/nested/seen.json;"
        " let the first host alone write it, or put the host into the name"
    )


def test_two_jobs_at_once_do_not_hear_each_other(
    process_engine: Engine, tmp_path: Path, log: Log
) -> None:
    with ThreadPoolExecutor(2) as pool:
        ends = [
            pool.submit(run, process_engine, tmp_path / name, "meet", log) for name in ("a", "b")
        ]
        assert [end.result().status for end in ends] == ["Completed", "Completed"]
    heard = [members(tmp_path / name / "model.tar.gz")["heard.json"] for name in ("a", "b")]
    assert [len(names) for names in heard] == [2, 2]
    assert set(heard[0]).isdisjoint(heard[1])


def test_a_channel_says_how_it_is_spread() -> None:
    channel = parse_channel("train=data;distribution=ShardedByS3Key;content-type=text/csv;a=b")
    assert (channel.distribution, channel.content_type) == ("ShardedByS3Key", "text/csv;a=b")
    with pytest.raises(UserError, match="no distribution 'Sharded'; write FullyReplicated or"):
        parse_channel("train=data;distribution=Sharded")


def test_more_hosts_than_a_machine_bears_are_refused() -> None:
    with pytest.raises(UserError, match="21 hosts are refused; give 1 to 20"):
        TrainingJob("standin", instance_count=21).check()
