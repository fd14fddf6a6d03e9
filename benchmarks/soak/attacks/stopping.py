"""Servers are stopped while requests come: each one that was accepted whole gets its answer."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load.servers import HOST
from benchmarks.soak.attacks.base import Attack, Ground, Tally, Target, targets
from benchmarks.soak.attacks.wire import TIMEOUT
from benchmarks.soak.grounds import Served, alone

_CLIENTS, _LOADED_SECONDS, _END_SECONDS, _LARGE = 6, 0.5, 30.0, 1000


class _Client(threading.Thread):
    """Opens connection after connection, one request on each, until one is refused."""

    def __init__(self, target: Target, large: bool) -> None:
        super().__init__(daemon=True)
        self.answers: list[int] = []
        self.lost: list[str] = []
        row = target.rows[0].rstrip(b"\n") + b"\n"
        self._body, self._port = row * (_LARGE if large else 1), target.port

    def run(self) -> None:
        while True:
            link = http.client.HTTPConnection(HOST, self._port, timeout=TIMEOUT)
            try:
                link.connect()
            except OSError:
                return
            try:
                link.request("POST", "/invocations", self._body, {"Content-Type": "text/csv"})
                answer = link.getresponse()
                answer.read()
                self.answers.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
            finally:
                link.close()


def _run(ground: Ground) -> Tally:
    tally, end = Tally(), ground.deadline()
    while not tally.killed or time.monotonic() < end:
        with TemporaryDirectory(dir=ground.folder) as folder:
            served = {name: Served(image, model) for name, (image, model) in ground.models.items()}
            with alone(served, Path(folder)) as places:
                for target in targets(places, ground.rows):
                    _stop(target, tally)
    return tally


def _stop(target: Target, tally: Tally) -> None:
    clients = [_Client(target, large=place % 2 == 1) for place in range(_CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(_LOADED_SECONDS)
    os.kill(target.session, signal.SIGTERM)
    tally.killed += 1
    for client in clients:
        client.join(_END_SECONDS)
        for status in client.answers:
            tally.count(status, f"{target.name}: a valid request before the stop")
        tally.lost += [f"{target.name}: accepted and lost: {one}" for one in client.lost]
        if client.is_alive():
            tally.lost.append(f"{target.name}: 30 s after SIGTERM a client still had a connection")


ATTACK = Attack("stop under load", "SIGTERM while requests come", _run)
