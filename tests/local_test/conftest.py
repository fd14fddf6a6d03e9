"""Both engines for every story, and the stand-in image `standin` on each."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine, EngineName, select_engine
from tests.clients.account import Account, run_service
from tests.local_test.standins import build_images, find_base_image, install_program, list_required


class Log:
    """A sink that keeps what the containers wrote."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for owner, line in self.lines if owner == name]

    def requests(self, name: str) -> list[dict[str, Any]]:
        """Give what a stand-in saw of each request."""
        told = (line.partition(" ") for line in self.of(name) if line.startswith("request "))
        return [json.loads(seen) for _, _, seen in told]


@pytest.fixture(scope="session")
def docker_images() -> None:
    base, missing = find_base_image()
    if base is None:
        sentence = f"{missing}: the Docker stories need `dockerd`, then `make base-image`"
        (pytest.fail if list_required() else pytest.skip)(sentence)
    else:
        build_images(base)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("programs")
    install_program(directory)
    return directory


@pytest.fixture(autouse=True)
def standin_on_path(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def process_engine() -> Engine:
    return select_engine("process")


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def engine(request: pytest.FixtureRequest) -> Engine:
    name: EngineName = request.param
    if name == "docker":
        request.getfixturevalue("docker_images")
    return select_engine(name)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the directory where temporary files are made during the test; it must end empty."""
    directory = tmp_path / "scratch"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


ModelMaker = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> ModelMaker:
    """Give a maker of models that hold a stand-in's behaviour."""

    def make(**behaviour: Any) -> Path:
        directory = tmp_path / f"model-{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        (directory / "behaviour.json").write_text(json.dumps(behaviour))
        return directory

    return make


@pytest.fixture(scope="session")
def account(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """One service on the process engine, with the stand-in on its PATH."""
    folder = tmp_path_factory.mktemp("service")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", folder / "state") as account:
            yield account
