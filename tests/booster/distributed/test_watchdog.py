"""A host that hangs in the collective after another has died ends all the same."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from booster.distributed import liveness, watchdog
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.paths import Paths
from tandem.contract.training_job import Job

PORT = 9100
HANGING = """
import sys, time
from pathlib import Path
from booster.distributed import liveness, watchdog
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.contract.training_job import Job
from tandem.contract.paths import Paths

watchdog._POLL_SECONDS, watchdog._GRACE_SECONDS = 0.1, 0.5
own, peer, root = sys.argv[1:]
job = Job(HyperparameterValues({}, frozenset()), {}, Paths(Path(root)))
with liveness.open_responder((own, 9100)), watchdog.watch_hosts([own, peer], 9100, job):
    print("watching", flush=True)
    time.sleep(100)
"""


def addresses() -> list[str]:
    block = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
    return [f"{block}.1", f"{block}.2"]


def test_a_hanging_host_ends_with_the_name_of_the_dead_one(tmp_path: Path) -> None:
    own, peer = addresses()
    with liveness.open_responder((peer, PORT)):
        program = subprocess.Popen(
            [sys.executable, "-c", HANGING, own, peer, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert program.stdout
        assert program.stdout.readline() == "watching\n"
        time.sleep(1)
        assert program.poll() is None
    assert program.wait(60) == 2
    program.stdout.close()
    failure = (tmp_path / "output" / "failure").read_text()
    assert failure.startswith(f"InternalError: {peer} does not answer any more. See the log")


def test_what_is_over_is_not_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(watchdog, "_GRACE_SECONDS", 0.05)
    own, absent = addresses()
    job = Job(HyperparameterValues({}, frozenset()), {}, Paths(tmp_path))
    with (
        liveness.open_responder((own, PORT)),
        watchdog.watch_hosts([own, absent], PORT, job) as over,
    ):
        over.set()
        time.sleep(0.5)
    assert not (tmp_path / "output").exists()
