"""A Docker engine that takes its time, or never answers: a socket between it and the client."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from local_test import settings
from local_test.engines.docker_engine.client import connect
from local_test.errors import EngineBusy, EngineError, UserError
from local_test.service.api.api_errors import failure_reason, to_api_error
from local_test.service.images.image_resolution import ImageResolver

ENGINE = "/var/run/docker.sock"
LONGER_THAN_BEFORE = 5.5
"""Seconds for each connection: five were too many once."""


def carry(source: socket.socket, target: socket.socket) -> None:
    while block := source.recv(65536):
        target.sendall(block)
    target.shutdown(socket.SHUT_WR)


class SlowEngine(threading.Thread):
    """Hands the first connection on after a delay and the others at once; -1 never answers."""

    def __init__(self, path: Path, delay: float) -> None:
        super().__init__(daemon=True)
        self._delay = delay
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()

    def run(self) -> None:
        with closing(self._server), ExitStack() as held:
            while True:
                client = held.enter_context(self._server.accept()[0])
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        asked = client.recv(65536)
        if not asked or self._delay < 0:  # a knock, or an engine that is stuck
            return
        time.sleep(self._delay)
        self._delay = 0
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(ENGINE)
            engine.sendall(asked)
            threading.Thread(target=carry, args=(client, engine), daemon=True).start()
            carry(engine, client)


@pytest.fixture
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        SlowEngine(tmp_path / "slow.sock", request.param).start()
        patch.setenv("DOCKER_HOST", f"unix://{tmp_path}/slow.sock")
        yield f"unix://{tmp_path}/slow.sock"


@pytest.mark.parametrize("slow", [-1], indirect=True)
def test_an_engine_that_never_answers_is_busy_and_not_absent(slow: str) -> None:
    with pytest.raises(EngineBusy) as raised, connect(settings.read_settings(), 1):
        pass
    assert str(raised.value) == (
        f"the Docker engine at {slow} did not answer in 1 s; wait until it is less busy, "
        "or restart it"
    )
    assert failure_reason(raised.value).startswith("InternalServerError: the Docker engine at")
    assert (to_api_error(raised.value).code, to_api_error(raised.value).status) == (
        "InternalFailure",
        500,
    )


def test_the_engines_faults_are_not_the_clients() -> None:
    assert failure_reason(EngineError("Docker refused: no")) == (
        "InternalServerError: Docker refused: no"
    )
    assert failure_reason(UserError("a", "b")) == "ClientError: a; b"
    assert to_api_error(UserError("a", "b")).status == 400


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images", "slow")
@pytest.mark.parametrize("slow", [LONGER_THAN_BEFORE], indirect=True)
def test_a_busy_engine_is_waited_for() -> None:
    engine, [image] = ImageResolver("docker", "training").resolve(["tandem-standin"])
    assert (engine.name, image.name) == ("docker", "tandem-standin:latest")
