"""`up -d` and the commands that show and stop what it started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.running_service import make_client
from local_test.release import read_version
from tests.clients.account import ROLE, name_image, wait_until_settled
from tests.local_test.answers import read_answer

JOB = "background-job"


@dataclass
class Shell:
    """A folder with a service in the background, and the command `local-sagemaker` in it."""

    folder: Path
    programs: Path = Path("/")
    url: str = ""

    def run(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "local_test", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"},
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    def ask(self, verb: str, *arguments: str) -> str:
        code, out, err = self.run(verb, *arguments, "--url", self.url)
        assert (code, err) == (0, "")
        return out


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Iterator[Shell]:
    """A service on the process engine that has run one training job."""
    found = Shell(tmp_path_factory.mktemp("background"), programs)
    code, out, err = found.run("up", "-d", "--port", "0", "--engine", "process", "--json")
    assert (code, err) == (0, "")
    found.url = read_answer("up", out)["url"]
    try:
        train(found.url)
        yield found
    finally:
        code, out, _ = found.run("stop", "--json")
    assert (code, read_answer("stop", out)["state"]) == (0, "build/local-sagemaker")


def train(url: str) -> None:
    """Run a training job to its end; a bucket takes its output."""
    with closing(make_client("s3", url, DEFAULT_REGION)) as s3:
        s3.create_bucket(Bucket="background")
    with closing(make_client("sagemaker", url, DEFAULT_REGION)) as client:
        client.create_training_job(
            TrainingJobName=JOB,
            RoleArn=ROLE,
            AlgorithmSpecification={
                "TrainingImage": name_image("standin"),
                "TrainingInputMode": "File",
            },
            OutputDataConfig={"S3OutputPath": "s3://background/models"},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
        ended = wait_until_settled(
            lambda: client.describe_training_job(TrainingJobName=JOB), "TrainingJobStatus"
        )
    assert ended["TrainingJobStatus"] == "Completed", ended["FailureReason"]


def test_status_names_the_service(shell: Shell) -> None:
    found = read_answer("status", shell.ask("status", "--json"))
    assert (found["status"], found["version"]) == ("ready", read_version())
    assert found["state"] == str(shell.folder / "build/local-sagemaker")
    os.kill(found["pid"], 0)
    assert ["engine", "process"] in [line.split() for line in shell.ask("status").splitlines()]


def test_ps_lists_what_is_active_and_all_lists_the_rest(shell: Shell) -> None:
    assert shell.ask("ps").split() == ["KIND", "NAME", "REGION", "STATUS", "CREATED"]
    rows = read_answer("ps", shell.ask("ps", "--all", "--json"))
    assert [(row["kind"], row["name"], row["status"]) for row in rows] == [
        ("training-job", JOB, "Completed")
    ]


def test_logs_prints_the_lines_of_a_job_or_the_last_of_them(shell: Shell) -> None:
    lines = shell.ask("logs", JOB).splitlines()
    assert lines != []
    assert shell.ask("logs", JOB, "--tail", "1", "--follow").splitlines() == lines[-1:]
    told = read_answer("logs", shell.ask("logs", JOB, "--json"))[0]
    assert (told["message"], told["stream"].startswith(f"{JOB}/")) == (lines[0], True)
    code, _, err = shell.run("logs", "nothing", "--url", shell.url)
    assert (code, err) == (
        1,
        "error: no log of 'nothing' in us-east-1; list jobs with `ps --all`\n",
    )


def test_a_second_service_on_the_folder_is_refused_and_the_log_stays(shell: Shell) -> None:
    log = shell.folder / "build/local-sagemaker/service.log"
    before = log.read_text()
    code, _, err = shell.run("up", "--detach", "--port", "0")
    assert (code, err.startswith("error: another service runs on ")) == (1, True)
    assert log.read_text().startswith(before)


def test_a_browser_is_led_to_the_console_and_a_probe_gets_the_health(shell: Shell) -> None:
    with urllib3.PoolManager() as pool:
        page = pool.request("GET", shell.url, headers={"Accept": "text/html"}, redirect=False)
        assert (page.status, page.headers["Location"]) == (302, "/console")
        for path in ("/", "/ping"):
            assert pool.request("GET", shell.url + path).json()["status"] == "ready"


def test_nothing_is_stopped_where_nothing_runs(tmp_path: Path) -> None:
    code, _, err = Shell(tmp_path).run("stop", "--state", "nowhere")
    assert code == 1
    assert err == (
        "error: no service is running: nowhere; start one with `local-sagemaker up -d`\n"
    )


def test_a_folder_that_cannot_be_made_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = Shell(tmp_path).run("up", "--state", "file/state", "--port", "0")
    assert code == 1
    assert err == (
        "error: cannot create the state directory file/state: Not a directory; "
        "choose a directory with --state\n"
    )
