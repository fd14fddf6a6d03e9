"""The multi-model API of contract, asked of the real program over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import urllib3
import xgboost as xgb

from booster.model import booster_io
from booster.serving import BoosterModel
from local_test.endpoints import Endpoint, Stage
from local_test.engines import discard_line, select_engine
from tandem.contract import settings
from tandem.contract.settings import MEGABYTE
from tandem.errors import NoRoom
from tandem.machine import process_memory
from tandem.serving.multi_model import LoadedModels

ROWS = np.random.default_rng(0).normal(size=(400, 5)).astype(np.float32)
BODY = b"0.5,-1,0.25,,2\n1,1,1,1,1\n"


def write_model(folder: Path, seed: int, rounds: int = 5) -> str:
    label = ROWS @ np.random.default_rng(seed).normal(size=5)
    booster = xgb.train({"max_depth": 4}, xgb.DMatrix(ROWS, label), rounds)
    folder.mkdir(parents=True)
    booster_io.save(booster, folder)
    return str(folder)


class Server:
    """A client of one server's port."""

    def __init__(self, url: str) -> None:
        self.pool = urllib3.connection_from_url(url, maxsize=8, retries=False)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = self.pool.urlopen(method, path, body=sent, headers={"Content-Type": "text/csv"})
        return answer.status, answer.data

    def load(self, name: str, url: str) -> int:
        return self.ask("POST", "/models", {"model_name": name, "url": url})[0]

    def names(self, query: str = "") -> list[str]:
        listed = json.loads(self.ask("GET", f"/models{query}")[1])
        return [model["modelName"] for model in listed["models"]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    stage = Stage("xgboost", None, {"SAGEMAKER_MULTI_MODEL": "true"})
    with Endpoint([stage], select_engine("process"), logs=discard_line) as endpoint:
        yield Server(endpoint.urls[0])


def test_a_model_is_loaded_asked_and_unloaded(server: Server, tmp_path: Path) -> None:
    url = write_model(tmp_path / "a" / "model", 1)
    assert server.ask("GET", "/ping") == (200, b"")
    assert server.names() == []
    assert server.ask("POST", "/models/a/invoke", BODY)[0] == 404
    assert server.load("a", url) == 200
    assert server.load("a", url) == 409
    assert server.ask("GET", "/models/a") == (
        200,
        json.dumps({"modelName": "a", "modelUrl": url}).encode(),
    )
    status, body = server.ask("POST", "/models/a/invoke", BODY)
    expected = booster_io.load(Path(url)).inplace_predict(
        np.array([[0.5, -1, 0.25, np.nan, 2], [1, 1, 1, 1, 1]], dtype=np.float32)
    )
    assert status == 200
    assert [np.float32(line) for line in body.split()] == expected.tolist()
    assert server.ask("DELETE", "/models/a")[0] == 200
    assert server.ask("DELETE", "/models/a")[0] == 404
    assert server.ask("GET", "/models/a")[0] == 404


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (b"{", 400, "BadData"),
        ({"model_name": "b"}, 400, "BadData"),
        ({"model_name": "b", "url": "/nowhere"}, 400, "UserError"),
    ],
)
def test_a_bad_load_is_told_so_and_leaves_nothing(
    server: Server, asked: object, status: int, code: str
) -> None:
    answer = server.ask("POST", "/models", asked)
    assert (answer[0], json.loads(answer[1])["code"]) == (status, code)
    assert server.names() == []


def test_the_list_comes_in_pages(server: Server, tmp_path: Path) -> None:
    names = ["m.0", "m-1", "m~2"]
    for number, name in enumerate(names):
        assert server.load(name, write_model(tmp_path / name, number)) == 200
    first = json.loads(server.ask("GET", "/models?limit=2")[1])
    assert [model["modelName"] for model in first["models"]] == names[:2]
    assert server.names(f"?limit=2&next_page_token={first['nextPageToken']}") == names[2:]
    assert server.ask("GET", "/models?next_page_token=x")[0] == 400
    for name in names:
        assert server.ask("DELETE", f"/models/{name}")[0] == 200


def test_many_clients_load_ask_and_unload_at_once(server: Server, tmp_path: Path) -> None:
    urls = [write_model(tmp_path / str(n), n) for n in range(4)]

    def life(number: int) -> set[tuple[int, bytes]]:
        name = f"life-{number}"
        answers = set()
        for _ in range(5):
            assert server.load(name, urls[number % 4]) == 200
            answers |= {server.ask("POST", f"/models/{name}/invoke", BODY) for _ in range(5)}
            assert server.ask("DELETE", f"/models/{name}")[0] == 200
        return answers

    with ThreadPoolExecutor(8) as clients:
        lives = list(clients.map(life, range(8)))
    assert all(len(answers) == 1 for answers in lives)
    assert all(status == 200 for answers in lives for status, _ in answers)
    assert [lives[n] == lives[n + 4] for n in range(4)] == [True] * 4
    assert server.names() == []


def test_one_name_asked_for_twice_at_once_is_loaded_once(server: Server, tmp_path: Path) -> None:
    url = write_model(tmp_path / "twin", 1, rounds=200)
    with ThreadPoolExecutor(2) as clients:
        statuses = sorted(clients.map(lambda _: server.load("twin", url), range(2)))
    assert statuses == [200, 409]
    assert server.ask("DELETE", "/models/twin")[0] == 200


def test_a_model_is_refused_before_it_is_loaded_where_loading_needs_more(tmp_path: Path) -> None:
    folder = Path(write_model(tmp_path / "text", 1))
    path = folder / "xgboost-model"
    path.write_bytes(bytes(booster_io.load(folder).save_raw("json")) + b" " * (8 << 20))
    binary = Path(write_model(tmp_path / "binary", 1)) / "xgboost-model"
    binary.write_bytes(binary.read_bytes() + b"\0" * (8 << 20))
    assert process_memory.estimate_load_memory(folder) == 16 * path.stat().st_size
    assert process_memory.estimate_load_memory(binary.parent) == 8 * binary.stat().st_size
    process_memory.release_memory()  # other tests of this process may have left some
    room = process_memory.read_resident_memory() // MEGABYTE + 100
    loads: list[Path] = []

    def load(given: Path) -> BoosterModel:
        loads.append(given)
        return BoosterModel(booster_io.load(Path(write_model(tmp_path / "small", 1))))

    models = LoadedModels(load, settings.read({"TANDEM_MODELS_MEMORY_MB": str(room)}))
    with pytest.raises(NoRoom, match="loading model 'text' may take"):
        models.load("text", str(folder))
    assert loads == []
    models.load("binary", str(binary.parent))
    assert loads == [binary.parent]
    assert [name for name, _ in models.list_page("", 9)[0]] == ["binary"]


def test_two_loads_at_once_do_not_share_the_same_room(tmp_path: Path) -> None:
    urls = [write_model(tmp_path / str(n), n) for n in range(2)]
    for url in urls:
        with (Path(url) / "padding").open("wb") as file:
            file.truncate(8 << 20)
    begun, go_on = Event(), Event()

    def load(folder: Path) -> BoosterModel:
        begun.set()
        assert go_on.wait(10)
        return BoosterModel(booster_io.load(folder))

    process_memory.release_memory()  # other tests of this process may have left some
    room = process_memory.read_resident_memory() // MEGABYTE + 100
    models = LoadedModels(load, settings.read({"TANDEM_MODELS_MEMORY_MB": str(room)}))
    with ThreadPoolExecutor(1) as other:
        first = other.submit(models.load, "first", urls[0])
        assert begun.wait(10)
        with pytest.raises(NoRoom, match="'second'"):
            models.load("second", urls[1])
        go_on.set()
        first.result()
    models.load("second", urls[1])
    assert [name for name, _ in models.list_page("", 9)[0]] == ["first", "second"]


GIVES_BACK = """
import sys
from pathlib import Path
from booster.algorithm import ALGORITHM
from tandem.contract import settings
from tandem.errors import NoRoom
from tandem.machine import process_memory as memory
from tandem.serving.multi_model import LoadedModels

url, room = sys.argv[1], int(sys.argv[2])
first = LoadedModels(ALGORITHM.load, settings.read({}))
first.load("warm", url)
first.unload("warm")
before = memory.read_resident_memory()
limit = before // 2**20 + room
models = LoadedModels(ALGORITHM.load, settings.read({"TANDEM_MODELS_MEMORY_MB": str(limit)}))
loaded = 0
try:
    for number in range(50):
        models.load(f"m{number}", url)
        loaded += 1
except NoRoom as error:
    print(error.status)
peak = memory.read_resident_memory()
listed = len(models.list_page("", 100)[0])
for number in range(loaded):
    models.unload(f"m{number}")
given_back = (memory.read_resident_memory() - before) / (peak - before) < 0.3
print(loaded, listed, peak <= limit * 2**20, given_back)
"""


def test_memory_is_bounded_and_given_back(tmp_path: Path) -> None:
    url = write_model(tmp_path / "large", 1, rounds=2000)
    done = subprocess.run(
        [sys.executable, "-c", GIVES_BACK, url, "60"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, status, figures = done.stdout.splitlines()
    loaded, listed, bounded, given_back = figures.split()
    assert status == "507"
    assert 1 <= int(loaded) == int(listed) < 50
    assert (bounded, given_back) == ("True", "True")
