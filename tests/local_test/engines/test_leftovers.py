"""What killed runners leave behind, and who removes it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local_test import process_identity
from local_test.process_identity import ProcessIdentity
from local_test.workspace import RUNNER_FILE, open_workspace
from tests.clients.account import run_service
from tests.local_test.service.resources.test_endpoints import STANDIN
from tests.local_test.service.resources.test_training import logged, wait_for
from tests.local_test.test_cli import gone, left_on_docker, read_until, run, start, started


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the directory where the command makes its temporary files."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    return directory


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the address of an engine that does not run."""
    address = f"unix://{tmp_path}/closed.sock"
    monkeypatch.setenv("DOCKER_HOST", address)
    return address


@pytest.fixture
def ended() -> Iterator[ProcessIdentity]:
    """Give a process that has ended and is not reaped: its id is still taken."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        made = replace(process_identity.identify_this_process(), pid=process.pid, start="")
        assert not made.has_ended()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        yield made


def test_a_runner_is_known_by_more_than_its_number(ended: ProcessIdentity) -> None:
    here = process_identity.identify_this_process()
    assert ProcessIdentity.parse(str(here)) == here
    assert not here.has_ended()
    assert ended.has_ended()
    assert replace(here, start="another boot/1").has_ended()  # its number was taken again
    assert not replace(here, start="").has_ended()
    assert not replace(ended, machine="elsewhere/1").has_ended()
    assert [ProcessIdentity.parse(text) for text in ("", "x - -", "1")] == [None, None, None]


def kill_serving(engine: str) -> int:
    """Start an endpoint and kill its runner; gives the runner's process id."""
    process = start(
        "serve", "--image", "standin", "--model", "-", "--port", "0", "--engine", engine
    )
    with process:
        read_until(process, "ready after")
        process.kill()
        process.communicate(timeout=30)
    return process.pid


@pytest.mark.usefixtures("no_docker")
def test_prune_removes_folders_of_ended_runners_and_no_others(temporary: Path) -> None:
    kill_serving("process")
    left = sorted(str(path) for path in temporary.iterdir())
    (temporary / "local-sagemaker-unknown").mkdir()
    with open_workspace() as living:
        code, out, _ = run("prune", "--dry-run")
        listed = [line.split()[3] for line in out.splitlines()]
        assert (code, listed) == (0, left)
        assert out.startswith("would remove folder ")
        code, out, err = run("prune")
        assert (code, [line.split()[2] for line in out.splitlines()]) == (0, left)
        assert living.is_dir()
        assert "local-sagemaker-unknown is kept: its runner is not recorded" in err
    assert [path.name for path in temporary.iterdir()] == ["local-sagemaker-unknown"]
    code, out, _ = run("prune")
    assert (code, out) == (0, "nothing to remove\n")


@pytest.mark.usefixtures("no_docker")
def test_prune_ends_programs_whose_runner_and_warden_were_both_killed(
    temporary: Path, ended: ProcessIdentity
) -> None:
    folder = temporary / "local-sagemaker-x"
    (folder / "ml").mkdir(parents=True)
    (folder / RUNNER_FILE).write_text(str(ended))
    variables = os.environ | {"SAGEMAKER_BASE_DIR": str(folder / "ml")}
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(command, env=variables) as program:
        code, out, _ = run("prune")
        assert program.wait(10) == -signal.SIGKILL
    assert code == 0
    assert out == (
        f"removed process {program.pid} of process {ended.pid}\n"
        f"removed folder {folder} of process {ended.pid}\n"
    )


def test_prune_says_that_docker_was_not_examined(no_docker: str) -> None:
    code, out, err = run("prune")
    assert (code, out) == (0, "nothing to remove\n")
    assert err.startswith(
        "warning: containers and networks are not examined: Docker is not running"
    )
    assert no_docker in err


def test_up_says_at_once_that_the_engine_it_was_given_does_not_run(
    no_docker: str, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    code, out, err = run("up", "--engine", "docker", "--port", "0", "--state", str(state))
    assert (code, out) == (1, "")
    assert err == (
        f"error: Docker is not running at {no_docker}; start Docker, or use --engine process\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_up_ends_in_good_order_by_each_signal(
    number: signal.Signals, tmp_path: Path, temporary: Path
) -> None:
    state = str(tmp_path / "state")
    with started("up", "--engine", "process", "--port", "0", "--state", state) as process:
        read_until(process, "in your shell")
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + number, "stopping\n", "")
    assert list(temporary.iterdir()) == []


def test_up_removes_the_folders_of_an_earlier_one_on_its_state(
    tmp_path: Path, temporary: Path, ended: ProcessIdentity
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "runner").write_text(str(ended))
    for name, owner in (("mine", ended), ("other", replace(ended, start="x/1"))):
        (temporary / f"local-sagemaker-{name}").mkdir()
        (temporary / f"local-sagemaker-{name}" / RUNNER_FILE).write_text(str(owner))
    with started("up", "--engine", "process", "--port", "0", "--state", str(state)) as process:
        read_until(process, "in your shell")
        recorded = ProcessIdentity.parse((state / "runner").read_text())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert recorded is not None
    assert recorded.pid == process.pid
    assert err == (f"removed folder {temporary}/local-sagemaker-mine of an ended service\n")
    assert [path.name for path in temporary.iterdir()] == ["local-sagemaker-other"]


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_prune_removes_containers_and_networks_of_killed_runners_only() -> None:
    with started(
        *("serve", "--image", "standin", "--model", "-", "--port", "0", "--engine", "docker")
    ) as living:
        read_until(living, "ready after")
        dead = kill_serving("docker")
        assert len(left_on_docker(dead)) == 2
        _, out, _ = run("prune", "--dry-run")
        assert all(name in out for name in left_on_docker(dead))
        code, out, _ = run("prune")
        assert code == 0
        assert f"of process {dead}\n" in out
        assert left_on_docker(dead) == []
        assert len(left_on_docker(living.pid)) == 2
    assert left_on_docker(living.pid) == []
    assert gone(living.pid)


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images", "programs")
def test_up_removes_what_a_killed_one_left_on_docker(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with run_service("docker", state, end=signal.SIGKILL) as first:
        first.bucket("kept", **{"in/a.csv": "1"})
        first.train("killed", STANDIN, "s3://kept/in", HyperParameters={"act": "obey"})
        wait_for(lambda: logged(first, "/aws/sagemaker/TrainingJobs", "killed/", "working"))
    assert len(left_on_docker(first.process.pid)) == 2
    with run_service("docker", tmp_path / "another"):
        assert len(left_on_docker(first.process.pid)) == 2
    with run_service("docker", state):
        assert left_on_docker(first.process.pid) == []
