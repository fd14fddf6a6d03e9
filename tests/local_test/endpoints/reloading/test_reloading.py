"""`serve --reload`: a change of the model or the source code, seen by clients."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import urllib3

from local_test.endpoints import Stage
from local_test.endpoints.reloading import list_watched
from local_test.endpoints.reloading.file_changes import ChangeWatch
from local_test.platform.source_code import SourceCode
from tests.local_test.answers import read_answer
from tests.local_test.conftest import ModelMaker

PATIENCE = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Server:
    """A running `serve --reload`, and the lines of its standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.url = read_answer("serve", process.stdout.readline())["url"]
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def ask(self) -> str:
        response = urllib3.request("POST", self.url, body=b"1", retries=False, timeout=PATIENCE)
        assert response.status == 200, response.data
        return response.data.decode().strip()

    def has_printed(self, text: str) -> bool:
        return any(text in line for line in list(self.lines))


@contextmanager
def serving(model: Path) -> Iterator[Server]:
    options = ("--image", "standin", "--model", str(model), "--port", "0", "--engine", "process")
    with subprocess.Popen(
        [sys.executable, "-m", "local_test", "serve", "--reload", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130


def test_a_change_takes_over_without_losing_a_request_and_a_broken_one_does_not(
    make_model: ModelMaker,
) -> None:
    model = make_model(tag="one", delay=2)
    behaviour = model / "behaviour.json"
    with serving(model) as server, ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(server.ask)
        wait_until(lambda: server.has_printed("request "))
        behaviour.write_text(json.dumps({"tag": "two"}))
        wait_until(lambda: server.ask() == "two(1)")
        assert under_way.result() == "one(1)"
        wait_until(lambda: server.has_printed("reloaded after "))
        behaviour.write_text("{")
        wait_until(lambda: server.has_printed("What ran before is still serving"))
        assert server.has_printed(f"changed: {behaviour}; starting again")
        assert server.has_printed("error: primary: it ended with exit code 1")
        assert server.ask() == "two(1)"
        behaviour.write_text(json.dumps({"tag": "three"}))
        wait_until(lambda: server.ask() == "three(1)")


def test_source_code_and_models_are_watched(tmp_path: Path) -> None:
    code = tmp_path / "code"
    stages = [
        Stage("a", tmp_path / "model.tar.gz", source_code=SourceCode("serve.py", code)),
        Stage("b", None, source_code=SourceCode(str(tmp_path / "alone.py"))),
    ]
    watched = list_watched(stages)
    assert watched == [code, tmp_path / "model.tar.gz", tmp_path / "alone.py"]
    (code / "__pycache__").mkdir(parents=True)
    (code / "serve.py").write_text("1")
    watch = ChangeWatch(watched)
    assert watch.find_changes() == []
    (code / "__pycache__/serve.pyc").write_text("compiled")
    (code / ".serve.py.swp").write_text("an editor's")
    assert [watch.find_changes(), watch.find_changes()] == [[], []]
    (code / "serve.py").write_text("11")
    (tmp_path / "model.tar.gz").write_text("new")
    assert watch.find_changes() == []  # may not be over
    assert watch.find_changes() == [code / "serve.py", tmp_path / "model.tar.gz"]
    assert watch.find_changes() == []
    (code / "serve.py").unlink()
    assert [watch.find_changes(), watch.find_changes()] == [[], [code / "serve.py"]]
