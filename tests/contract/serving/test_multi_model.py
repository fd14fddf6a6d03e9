"""Stories of a multi-model endpoint with real models, on each engine."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_test.endpoints import Endpoint, EndpointResponse, Stage
from local_test.endpoints.archive_store import hash_target
from local_test.engines import Engine, discard_line
from local_test.platform.archives import pack

TARGET = "X-Amzn-SageMaker-Target-Model"
ROWS = np.random.default_rng(3).normal(size=(500, 6)).astype(np.float32)
FILE_MB = 14
ASKED = ROWS[:20]
BODY = "".join(",".join(map(str, row)) + "\n" for row in ASKED.tolist()).encode()


@pytest.fixture(scope="module")
def boosters() -> dict[str, xgb.Booster]:
    """Give three models of about FILE_MB megabytes whose answers differ."""
    parameters = {"max_depth": 14, "eta": 0.01, "min_child_weight": 0, "nthread": 1}
    noise = np.random.default_rng(4).normal(size=len(ROWS))
    return {
        name: repeated(
            xgb.train(parameters, xgb.DMatrix(ROWS, ROWS[:, column] + noise), 50), times=20
        )
        for column, name in enumerate(("a", "b", "c"))
    }


def repeated(booster: xgb.Booster, times: int) -> xgb.Booster:
    """Give a model with each tree several times: as large as one that takes long to train."""
    told = json.loads(booster.save_raw("json"))
    model = told["learner"]["gradient_booster"]["model"]
    trees = model["trees"] * times
    model["trees"] = [tree | {"id": number} for number, tree in enumerate(trees)]
    model["tree_info"] = [0] * len(trees)
    model["iteration_indptr"] = list(range(len(trees) + 1))
    model["gbtree_model_param"]["num_trees"] = str(len(trees))
    large = xgb.Booster()
    large.load_model(bytearray(json.dumps(told).encode()))
    return large


@pytest.fixture(scope="module")
def folder(boosters: dict[str, xgb.Booster], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an archive of each model, and each again under other names."""
    folder = tmp_path_factory.mktemp("archives")
    for name, booster in boosters.items():
        model = tmp_path_factory.mktemp(name)
        (model / "xgboost-model").write_bytes(bytes(booster.save_raw("ubj")))
        pack(model, folder / f"{name}0.tar.gz")
        for number in range(1, 4):
            shutil.copy(folder / f"{name}0.tar.gz", folder / f"{name}{number}.tar.gz")
    return folder


@pytest.fixture(scope="module")
def small(engine: Engine, folder: Path) -> dict[str, str]:
    """Give the setting under which the server has room for some of the models, not for all.

    A load needs eight times its file at its height, and a loaded model more than once its file.
    """
    lines: list[str] = []
    with Endpoint(
        [Stage("xgboost", models=folder)], engine, logs=lambda _, line: lines.append(line)
    ) as endpoint:
        ask(endpoint, "a0")
    found = re.search(r"loaded \w{32}: (\d+) MB in use", "\n".join(lines))
    assert found
    return {"TANDEM_MODELS_MEMORY_MB": str(int(found.group(1)) + (8 + 3) * FILE_MB)}


def ask(endpoint: Endpoint, name: str) -> EndpointResponse:
    return endpoint.invoke(BODY, "text/csv", "text/csv", {TARGET: f"{name}.tar.gz"})


def values(answer: EndpointResponse) -> list[float]:
    assert answer.status == 200, answer.error
    return [float(np.float32(line)) for line in answer.body.split()]


def unloaded(lines: list[str], names: list[str]) -> list[str]:
    known = {hash_target(f"{name}.tar.gz"): name for name in names}
    return [known[found] for line in lines for found in re.findall(r"unloaded (\w{32})", line)]


def test_models_leave_in_the_order_of_their_use_where_memory_is_short(
    engine: Engine, folder: Path, boosters: dict[str, xgb.Booster], small: dict[str, str]
) -> None:
    lines: list[str] = []
    expected = {name: booster.inplace_predict(ASKED) for name, booster in boosters.items()}
    names = [f"{name}{number}" for number in range(4) for name in "abc"]
    favourite, *others = names
    with Endpoint(
        [Stage("xgboost", models=folder, environment=small)],
        engine,
        logs=lambda _, line: lines.append(line),
    ) as endpoint:
        for name in others:
            for asked in (favourite, name):
                assert values(ask(endpoint, asked)) == expected[asked[0]].tolist()
        assert endpoint.is_healthy()
    left = unloaded(lines, names)
    assert 3 <= len(left) < len(others)
    assert left == others[: len(left)]


def test_many_clients_ask_more_models_than_there_is_room_for(
    engine: Engine, folder: Path, boosters: dict[str, xgb.Booster], small: dict[str, str]
) -> None:
    expected = {name: booster.inplace_predict(ASKED) for name, booster in boosters.items()}
    names = [f"{name}{number}" for number in (0, 1, 2, 0) for name in "abcb"]
    with (
        Endpoint(
            [Stage("xgboost", models=folder, environment=small)], engine, logs=discard_line
        ) as endpoint,
        ThreadPoolExecutor(6) as clients,
    ):
        answers = list(clients.map(lambda name: ask(endpoint, name), names))
    assert [values(answer) for answer in answers] == [expected[n[0]].tolist() for n in names]


def test_errors_of_a_model_and_of_a_request_are_told_apart(
    engine: Engine, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "a0.tar.gz", tmp_path / "a.tar.gz")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(b"\x80\x04pickle")
    pack(tmp_path / "model", tmp_path / "pickle.tar.gz")
    with Endpoint([Stage("xgboost", models=tmp_path)], engine, logs=discard_line) as endpoint:
        bad = ask(endpoint, "pickle")
        narrow = endpoint.invoke(b"1,2\n", "text/csv", None, {TARGET: "a.tar.gz"})
        absent = ask(endpoint, "z")
    assert (bad.status, bad.original_status) == (424, 400)
    assert "is not an XGBoost model in UBJSON or JSON" in bad.error
    assert (narrow.status, narrow.original_status) == (424, 400)
    assert "2 columns" in narrow.error
    assert (absent.status, absent.original_status) == (400, None)
