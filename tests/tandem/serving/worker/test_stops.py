"""Stops while clients arrive, send and wait: whoever was connected gets an answer."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from benchmarks.attacks.stop_under_load import ANSWERED, stop_repeatedly
from tests.tandem.serving.worker.asking import Client, build_request
from tests.tandem.serving.worker.conftest import serving

LARGE = b"1," + b"2".rjust(500_000, b"0")
# A model whose code lets no exception out, as a user's may not.
SLOW = """
import sys, time
from tandem import cli
from tandem.algorithm import Algorithm

def load(folder):
    for _ in range(600):
        try:
            print("loading", flush=True)
            time.sleep(0.1)
        except BaseException:
            pass

sys.exit(cli.run(Algorithm("slow", "", (), lambda job: None, load), ["serve"]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_stops_under_load_lose_no_request(workers: int) -> None:
    counts = stop_repeatedly(5, partial(serving, workers), b"1,2", LARGE)
    assert (counts.descriptions, counts.lost, counts.codes) == ([], 0, {0: 5})
    assert counts.outcomes[ANSWERED] > 100


def test_clients_in_the_queue_are_answered_when_the_server_stops() -> None:
    with serving(1) as server:
        worker = int(float(Client(server.port).send_and_read(build_request(b"1,-2")).body))
        os.kill(worker, signal.SIGSTOP)
        waiting = [Client(server.port).send(build_request(b"1,2")) for _ in range(20)]
        server.terminate()
        with contextlib.suppress(TimeoutError):  # then nobody new is let in
            while len(waiting) < 200:
                waiting.append(Client(server.port, timeout=0.7).send(build_request(b"1,2")))
                time.sleep(0.02)
        os.kill(worker, signal.SIGCONT)
        assert 20 <= len(waiting) < 200
        assert {client.read_response().body for client in waiting} == {b"3.0\n"}
        assert server.code() == 0


def test_a_worker_whose_arbiter_was_killed_answers_and_ends() -> None:
    with serving(2) as server:
        assert Client(server.port).send_and_read(build_request(b"1,2")).body == b"3.0\n"
        sleeper = Client(server.port).send(build_request(b"2,-1"))
        server.kill()
        assert sleeper.read_response().body == b"1.0\n"
        until = time.monotonic() + 30
        while server.listens():
            assert time.monotonic() < until
            time.sleep(0.05)


def test_one_worker_that_is_stopped_alone_leaves_the_door_open() -> None:
    with serving(1) as server:
        worker = int(float(Client(server.port).send_and_read(build_request(b"1,-2")).body))
        os.kill(worker, signal.SIGTERM)
        for _ in range(20):
            assert Client(server.port).send_and_read(build_request(b"1,2")).body == b"3.0\n"


def test_a_stop_ends_a_start_that_takes_long(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "file").touch()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(tmp_path)},
    )
    assert process.stdout
    assert any(line == "loading\n" for line in process.stdout)
    process.terminate()
    said = process.communicate(timeout=30)[0]
    assert "stopped on request before the model was loaded" in said
    assert process.returncode == 143
