"""A service that was stopped or killed, and another one in its folder."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.account import Account, run_service
from tests.local_test.service.resources.test_endpoints import (
    STANDIN,
    ask,
    config,
    container,
    endpoint,
    model,
    stands,
)
from tests.local_test.service.resources.test_training import logged, wait_for

GROUP = "/aws/sagemaker/TrainingJobs"


@contextmanager
def service(programs: Path, folder: Path, end: signal.Signals = signal.SIGINT) -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", folder, end=end) as account:
            yield account


def begin(account: Account, name: str) -> None:
    """Start a job that works until it is stopped."""
    account.train(name, STANDIN, "s3://kept/in", HyperParameters={"act": "obey"})
    wait_for(lambda: logged(account, GROUP, f"{name}/", "working"))


def fill(account: Account) -> None:
    """Make something of each kind."""
    account.bucket("kept", **{"in/a.csv": "1", "gone.csv": "2"})
    account.put("s3://kept/in/ä b+c.csv", b"\0\xff")
    account.bucket("standins")
    known = {"ContentType": "text/x", "Metadata": {"a": "b"}}
    account.s3.put_object(Bucket="kept", Key="typed", Body=b"{}", **known)
    account.s3.delete_object(Bucket="kept", Key="gone.csv")
    account.train("kept-1", STANDIN, "s3://kept/in")
    account.trained("kept-1")
    account.sagemaker.create_model_package_group(ModelPackageGroupName="registry")
    account.client("ecr").create_repository(repositoryName="tandem")
    model(account, "kept", container(account, "kept", tag="kept"))
    config(account, "kept", kept=1)
    endpoint(account, "kept")


def test_a_restarted_service_goes_on_where_it_was(programs: Path, tmp_path: Path) -> None:
    with service(programs, tmp_path) as first:
        fill(first)
        begin(first, "stopped")
        before = first.sagemaker.describe_training_job(TrainingJobName="kept-1")
        lines = first.lines(GROUP, "kept-1/")
    with service(programs, tmp_path) as second:
        after = second.sagemaker.describe_training_job(TrainingJobName="kept-1")
        del before["ResponseMetadata"], after["ResponseMetadata"]
        assert after == before
        assert second.lines(GROUP, "kept-1/") == lines
        told = second.sagemaker.describe_training_job(TrainingJobName="stopped")
        assert told["TrainingJobStatus"] == "Stopped"
        assert second.keys("s3://kept/in") == ["in/a.csv", "in/ä b+c.csv"]
        assert second.get("s3://kept/in/ä b+c.csv") == b"\0\xff"
        typed = second.s3.get_object(Bucket="kept", Key="typed")
        assert (typed["ContentType"], typed["Metadata"]) == ("text/x", {"a": "b"})
        assert len(second.get(told["ModelArtifacts"]["S3ModelArtifacts"])) > 0
        groups = second.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        assert [group["ModelPackageGroupName"] for group in groups] == ["registry"]
        repositories = second.client("ecr").describe_repositories()["repositories"]
        assert [item["repositoryName"] for item in repositories] == ["tandem"]
        assert stands(second, "kept")["EndpointStatus"] == "InService"
        assert ask(second, "kept")["Body"] == "kept(x)\n"


def test_a_killed_services_jobs_have_failed_and_its_containers_are_gone(
    programs: Path, tmp_path: Path
) -> None:
    with service(programs, tmp_path, signal.SIGKILL) as first:
        fill(first)
        begin(first, "killed")
        served = next(
            line
            for line in first.lines("/aws/sagemaker/Endpoints/kept", "kept/")
            if line.startswith("listening on")
        )
    address = ("127.0.0.1", int(served.split()[2].strip(",")))
    wait_for(lambda: silent(address))
    with service(programs, tmp_path) as second:
        told = second.sagemaker.describe_training_job(TrainingJobName="killed")
        assert told["TrainingJobStatus"] == "Failed"
        assert told["FailureReason"].startswith("InternalServerError: the local service ended")
        assert stands(second, "kept")["EndpointStatus"] == "InService"


def silent(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_folder_has_one_service(programs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_test", "up", "--port", "0", "--state", str(tmp_path)]
    with service(programs, tmp_path):
        second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert second.stderr == (
        f"error: another service runs on {tmp_path}; stop it, or choose another --state\n"
    )
