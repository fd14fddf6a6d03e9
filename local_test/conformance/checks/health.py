"""When a server says that it is well, and how it ends."""

import os
import signal
import threading
import time
from pathlib import Path

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import (
    ContainerResponse,
    ServingContainer,
    ServingPlan,
)
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, CheckFailed, expect, raise_not_applicable
from local_test.engines.protocol import Container
from local_test.platform.limits import PING_TIMEOUT_SECONDS

_UNWELL_SECONDS = 15.0
_POLL_SECONDS = 0.1
_LARGE = 1_000_000
_REPLACED_SECONDS = 30.0
_WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"


@check(41, MUST, "Listen on 0.0.0.0, at port 8080 unless SAGEMAKER_BIND_TO_PORT says another.")
def listens(session: Session) -> None:
    """It listens for all addresses on port 8080, and at the port it is given."""
    try:
        _ = session.shared_container
    except CheckBlocked as error:
        raise CheckFailed(str(error)) from error


@check(42, MUST, "Answer /ping beside the predictions, from a thread or process of its own.")
def pings(session: Session) -> None:
    """/ping answers 200 within two seconds, also while a large request is predicted."""
    _ = session.response
    large = session.subject.repeat_lines(_LARGE)
    asking = threading.Thread(target=session.shared_container.invoke, args=(large,))
    asking.start()
    responses = [session.shared_container.get("/ping")]
    while asking.is_alive():
        responses.append(session.shared_container.get("/ping"))
        asking.join(_POLL_SECONDS)
    for response in responses:
        expect(response.status == 200, f"/ping gets {response}")
        slow = f"/ping took {response.seconds:.1f} s while a request was predicted"
        expect(response.seconds < PING_TIMEOUT_SECONDS, slow)


@check(43, MUST, "Load the model before /ping says 200; end with a line where it cannot be.")
def unwell_without_a_model(session: Session) -> None:
    """/ping never says 200 without a model or with a spoilt one, and the log says why."""
    _ = session.response
    for how, variant in (("no model", _empty_folder), ("a spoilt model", _overwrite_files)):
        with session.launch(ServingPlan(variants=(variant,))) as server:
            expect(not _becomes_healthy(server), f"with {how} /ping says 200")
            expect(server.log.to_text().strip(), f"with {how} the log is empty")


@check(56, MUST, "On SIGTERM close the listener, finish what was begun, and exit 0.")
def stops(session: Session) -> None:
    """On SIGTERM a request that was begun is answered, and it ends with exit code 0 in 30 s."""
    _ = session.response
    responses: list[ContainerResponse] = []
    large = session.subject.repeat_lines(_LARGE)
    with session.serve_separately() as server:
        asking = threading.Thread(target=lambda: responses.append(server.invoke(large)))
        asking.start()
        time.sleep(_POLL_SECONDS)
        code = session.container_stop.terminate(server.container)
        asking.join()
    expect(code is not None, "30 s after SIGTERM it was still there")
    expect(code == 0, f"after SIGTERM it ended with exit code {code}")
    expect(responses[0].status == 200, f"the request under way at SIGTERM got {responses[0]}")


@check(57, MUST, "Have the server replace a worker that died, or end the container.")
def replaces_workers(session: Session) -> None:
    """When a worker is killed it is replaced, or the container ends."""
    _ = session.response
    with session.serve_separately() as server:
        children = _list_children(server.container)
        if not children:
            raise_not_applicable("it has no worker processes, or they cannot be seen from here")
        os.kill(children[0], signal.SIGKILL)
        deadline = time.monotonic() + _REPLACED_SECONDS
        while time.monotonic() < deadline:
            if server.container.wait(0) is not None:
                return
            if (
                len(_list_children(server.container)) >= len(children)
                and server.invoke().status == 200
            ):
                return
            time.sleep(_POLL_SECONDS)
    expect(False, "a worker was killed, and 30 s later it neither answers nor has ended")


@check(58, SHOULD, "Read the number of workers as a number, and name the variable where it is not.")
def workers_are_counted(session: Session) -> None:
    """SAGEMAKER_MODEL_SERVER_WORKERS=1 is heeded, and a word in its place is refused by name."""
    _ = session.response
    with session.serve(ServingPlan(environment={_WORKERS: "1"})) as server:
        response = server.invoke()
    expect(response.status == 200, f"with {_WORKERS}=1 the request gets {response}")
    with session.launch(ServingPlan(environment={_WORKERS: "many"})) as server:
        expect(not _becomes_healthy(server), f"with {_WORKERS}=many it serves")
        expect(_WORKERS in server.log.to_text(), f"with {_WORKERS}=many the log does not name it")


def _becomes_healthy(server: ServingContainer) -> bool:
    deadline = time.monotonic() + _UNWELL_SECONDS
    while time.monotonic() < deadline and server.container.wait(0) is None:
        if server.get("/ping").status == 200:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _list_children(container: Container) -> list[int]:
    path = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    try:
        return [int(word) for word in path.read_text(encoding="ascii").split()]
    except OSError:
        return []


def _empty_folder(model: Path) -> None:
    for path in sorted(model.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _overwrite_files(model: Path) -> None:
    for path in model.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"spoilt\x00\xff")
