"""One service an engine for all clients' stories, and shells for programs that are its clients."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from local_test.commands.env import make_exports
from local_test.engines import Engine
from scripts.lock import aws_clients
from tests.clients.account import REGION, Account, run_service
from tests.conftest import tell_once

IMPATIENT = Path(__file__).parent / "impatient"


class Client(Protocol):
    """Runs a client's program and gives what it printed; `folder` is where it stands."""

    folder: Path

    def __call__(self, program: str, *arguments: str) -> str: ...


class Shell:
    """A shell that did what `local-sagemaker env` says, with the programs of one environment."""

    def __init__(self, programs: Path, url: str, folder: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._environment = {name: os.environ[name] for name in os.environ if "AWS" not in name}
        self._environment |= make_exports(url, REGION, folder)
        self._environment |= {"PYTHONPATH": str(IMPATIENT), "HOME": str(folder)}

    def __call__(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def account(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A running service on each engine in turn."""
    with run_service(engine.name, tmp_path_factory.mktemp(f"state-{engine.name}")) as account:
        yield account


@pytest.fixture(scope="session")
def client(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The environment with version 2 of the SageMaker SDK and the AWS CLI."""
    return Shell(aws_clients.prepare_client(), account.url, tmp_path_factory.mktemp("client"))


def told_once(engine: Engine) -> None:
    """Where both engines must be there, tell a long story with the real images alone."""
    tell_once(engine, "the SDK takes its time")
