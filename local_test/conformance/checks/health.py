"""When a server says that it is well, and how it ends."""

import os
import signal
import threading
import time
from pathlib import Path

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import Hosting, Reply, Served
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import Blocked, Failed, expect, inapplicable
from local_test.engines.protocol import Container
from local_test.platform.limits import HOSTING_GRACE_SECONDS, PING_TIMEOUT_SECONDS

_UNWELL_SECONDS = 15.0
_GLANCE_SECONDS = 0.1
_LARGE = 1_000_000
_REPLACED_SECONDS = 30.0
_WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"


@check(41, MUST, "Listen on 0.0.0.0, at port 8080 unless SAGEMAKER_BIND_TO_PORT says another.")
def listens(bench: Bench) -> None:
    """It listens for all addresses on port 8080, and at the port it is given."""
    try:
        _ = bench.served
    except Blocked as error:
        raise Failed(str(error)) from error


@check(42, MUST, "Answer /ping beside the predictions, from a thread or process of its own.")
def pings(bench: Bench) -> None:
    """/ping answers 200 within two seconds, also while a large request is predicted."""
    _ = bench.answer
    large = bench.subject.many(_LARGE)
    asking = threading.Thread(target=bench.served.ask, args=(large,))
    asking.start()
    replies = [bench.served.get("/ping")]
    while asking.is_alive():
        replies.append(bench.served.get("/ping"))
        asking.join(_GLANCE_SECONDS)
    for reply in replies:
        expect(reply.status == 200, f"/ping gets {reply}")
        slow = f"/ping took {reply.seconds:.1f} s while a request was predicted"
        expect(reply.seconds < PING_TIMEOUT_SECONDS, slow)


@check(43, MUST, "Load the model before /ping says 200; end with a line where it cannot be.")
def unwell_without_a_model(bench: Bench) -> None:
    """/ping never says 200 without a model or with a spoilt one, and the log says why."""
    _ = bench.answer
    for how, oddity in (("no model", _emptied), ("a spoilt model", _spoilt)):
        with bench.launching(Hosting(odd=(oddity,))) as served:
            expect(not _gets_well(served), f"with {how} /ping says 200")
            expect(served.log.text().strip(), f"with {how} the log is empty")


@check(56, MUST, "On SIGTERM close the listener, finish what was begun, and exit 0.")
def stops(bench: Bench) -> None:
    """On SIGTERM a request that was begun is answered, and it ends with exit code 0 in 30 s."""
    _ = bench.answer
    replies: list[Reply] = []
    large = bench.subject.many(_LARGE)
    with bench.another() as served:
        asking = threading.Thread(target=lambda: replies.append(served.ask(large)))
        asking.start()
        time.sleep(_GLANCE_SECONDS)
        served.container.terminate()
        code = served.container.wait(HOSTING_GRACE_SECONDS)
        asking.join()
    expect(code is not None, "30 s after SIGTERM it was still there")
    expect(code == 0, f"after SIGTERM it ended with exit code {code}")
    expect(replies[0].status == 200, f"the request under way at SIGTERM got {replies[0]}")


@check(57, MUST, "Have the server replace a worker that died, or end the container.")
def replaces_workers(bench: Bench) -> None:
    """When a worker is killed it is replaced, or the container ends."""
    _ = bench.answer
    with bench.another() as served:
        children = _children(served.container)
        if not children:
            inapplicable("it has no worker processes, or they cannot be seen from here")
        os.kill(children[0], signal.SIGKILL)
        deadline = time.monotonic() + _REPLACED_SECONDS
        while time.monotonic() < deadline:
            if served.container.wait(0) is not None:
                return
            if len(_children(served.container)) >= len(children) and served.ask().status == 200:
                return
            time.sleep(_GLANCE_SECONDS)
    expect(False, "a worker was killed, and 30 s later it neither answers nor has ended")


@check(58, SHOULD, "Read the number of workers as a number, and name the variable where it is not.")
def workers_are_counted(bench: Bench) -> None:
    """SAGEMAKER_MODEL_SERVER_WORKERS=1 is heeded, and a word in its place is refused by name."""
    _ = bench.answer
    with bench.hosting(Hosting(environment={_WORKERS: "1"})) as served:
        reply = served.ask()
    expect(reply.status == 200, f"with {_WORKERS}=1 the request gets {reply}")
    with bench.launching(Hosting(environment={_WORKERS: "many"})) as served:
        expect(not _gets_well(served), f"with {_WORKERS}=many it serves")
        expect(_WORKERS in served.log.text(), f"with {_WORKERS}=many the log does not name it")


def _gets_well(served: Served) -> bool:
    deadline = time.monotonic() + _UNWELL_SECONDS
    while time.monotonic() < deadline and served.container.wait(0) is None:
        if served.get("/ping").status == 200:
            return True
        time.sleep(_GLANCE_SECONDS)
    return False


def _children(container: Container) -> list[int]:
    path = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    try:
        return [int(word) for word in path.read_text(encoding="ascii").split()]
    except OSError:
        return []


def _emptied(model: Path) -> None:
    for path in sorted(model.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _spoilt(model: Path) -> None:
    for path in model.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"spoilt\x00\xff")
