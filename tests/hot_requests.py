"""A program: a worker answers one row again and again, and what that takes is counted.

`python -m tests.hot_requests PACKAGE MODEL ROW` serves the model in the folder MODEL as the image
of PACKAGE does, and prints a `Count` as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn.glogging import Logger

from tandem.contract import settings
from tandem.serving.model_service import make_service
from tandem.serving.server import make_handlers
from tandem.serving.worker.arbiter import WorkerApplication
from tandem.serving.worker.event_loop import LoopWorker
from tests.tandem.serving.worker.asking import Client, build_request

_WARM, _TURNS, _MANY = 300, 100, 1000
# The interpreter keeps tuples for later, up to so many of a length.
_KEPT = 2000
_POLL = "epoll.poll"


@dataclass(frozen=True)
class Count:
    """What was counted.

    `turns` are the different turns of the loop in which a request was answered, each with how often
    it was seen and the functions it called, each with how often. `blocks` is how many more blocks
    of memory were in use after a thousand requests more.
    """

    turns: list[tuple[int, dict[str, int]]]
    blocks: int


class Calls:
    """A profile function: what a thread calls from one look at its sockets to the next."""

    def __init__(self) -> None:
        self.wanted = False
        self.turns: list[tuple[str, ...]] = []
        self._turn: list[str] = []

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        """Note a call, and be no more asked when enough turns are seen."""
        if not self.wanted or event not in {"call", "c_call"}:
            return
        name = _name_function(frame) if event == "call" else _name_builtin(called)
        if name == _POLL:
            if "socket.send" in self._turn and self._turn[0] == _POLL:
                self.turns.append(tuple(self._turn))
            self._turn = []
            if len(self.turns) == _TURNS:
                sys.setprofile(None)
        self._turn.append(name)

    def list_turns(self) -> list[tuple[int, dict[str, int]]]:
        """Give the different turns, the usual one first."""
        return [(n, dict(Counter(turn))) for turn, n in Counter(self.turns).most_common()]


def _name_function(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}()"


def _name_builtin(called: Any) -> str:
    owner = getattr(called, "__self__", None)
    own = getattr(called, "__module__", None) or getattr(called, "__objclass__", type(owner))
    return f"{getattr(own, '__name__', own)}.{called.__name__}"


def main(package: str, model: str, row: str) -> None:
    """Serve, ask, count and tell."""
    worker, port = _start_worker(package, Path(model))
    calls, blocks = Calls(), list[int]()
    client = threading.Thread(target=_ask, args=(Client(port), row.encode(), worker, calls, blocks))
    client.start()
    sys.setprofile(calls)
    worker.init_process()
    client.join()
    sys.stdout.write(json.dumps(asdict(Count(calls.list_turns(), blocks[1] - blocks[0]))))


def _start_worker(package: str, folder: Path) -> tuple[LoopWorker, int]:
    """Make the worker as gunicorn does, and give its port."""
    algorithm = importlib.import_module(f"{package}.algorithm").ALGORITHM
    service = make_service(algorithm.load(folder), settings.read({}))
    service.warm_up()
    served = WorkerApplication(make_handlers(service), {"workers": 1, "threads": 1})
    listener = socket.create_server(("127.0.0.1", 0))
    logger = Logger(served.cfg)
    worker = LoopWorker(1, os.getppid(), [listener], served, 60, served.cfg, logger)
    return worker, listener.getsockname()[1]


def _ask(client: Client, row: bytes, worker: Any, calls: Calls, blocks: list[int]) -> None:
    data = build_request(row)

    def ask(count: int) -> None:
        for _ in range(count):
            assert client.send_and_read(data).status == 200

    try:
        ask(_WARM)
        calls.wanted = True
        ask(2 * _TURNS)
        gc.collect()
        gc.disable()  # what goes in circles stays until it is looked for
        ask(_KEPT)
        for _ in range(2):
            ask(_MANY)
            time.sleep(0.05)  # the worker may be about to end its turn
            blocks.append(sys.getallocatedblocks())
    finally:
        worker.alive = False
        client.socket.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
